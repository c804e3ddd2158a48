import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { root } from '../../support/site.ts'
import { greet } from '../cli/described.ts'

// What others get: the tarball, installed as they install it, into a folder that knows nothing of this checkout.

const execute = promisify(execFile)
const bounds = { maxBuffer: 64 * 1024 * 1024 }
const minutes = 60_000

let folder: string
let packed: readonly string[]
let env: Record<string, string>

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gridwrap-package-'))
  // The pinned Node comes first: npm, the build and the installed command all run on it.
  const path = [join(root, 'node_modules', '.bin'), process.env['PATH'] ?? ''].join(delimiter)
  const { stdout } = await execute('npm', ['pack', '--json', '--pack-destination', folder], {
    ...bounds,
    cwd: root,
    env: { ...process.env, PATH: path },
  })
  const [made] = JSON.parse(stdout.slice(stdout.indexOf('['))) as [{ filename: string; files: { path: string }[] }]
  packed = made.files.map(file => file.path)
  await writeFile(join(folder, 'package.json'), '{"name": "somebody-elses", "private": true, "type": "module"}\n')
  await execute('npm', ['install', '--omit=dev', '--no-audit', '--no-fund', join(folder, made.filename)], {
    ...bounds,
    cwd: folder,
    env: { ...process.env, PATH: path },
  })
  // The checkout's own commands are not in this PATH, so nothing of it can answer by mistake.
  env = { PATH: [join(folder, 'node'), '/usr/local/bin', '/usr/bin', '/bin'].join(delimiter), HOME: folder }
  await execute('sh', ['-c', `mkdir node && ln -s "$(readlink -f "$0")" node/node`, process.execPath], { cwd: folder })
}, 10 * minutes)
afterAll(() => rm(folder, { recursive: true, force: true }))

const gridwrap = (...words: readonly string[]): Promise<{ stdout: string; stderr: string }> =>
  execute(join(folder, 'node_modules', '.bin', 'gridwrap'), [...words], { ...bounds, cwd: folder, env })

describe('the tarball', () => {
  test('holds what is needed to run, and nothing else', () => {
    for (const file of ['bin/gridwrap', 'dist/cli/main.js', 'dist/index.js', 'dist/index.d.ts', 'LICENSE', 'README.md'])
      expect(packed).toContain(file)
    for (const file of ['wsdl/job.xsd', 'schema/application.schema.json', 'services/newstar/application.yaml'])
      expect(packed).toContain(file)
    // What programs are started through is no TypeScript, so the build has to think of it.
    expect(packed).toContain('dist/adapters/executable/wrapper.sh')
    expect(packed.filter(file => /^(?:src|test|bench|scripts|node_modules|demo)\//.test(file))).toEqual([])
    expect(packed.filter(file => /(?<!\.d)\.ts$|\.test\.|\.pem$|\.db$/.test(file))).toEqual([])
  })

  test('names no development dependency and no file outside itself', async () => {
    const installed = join(folder, 'node_modules', 'gridwrap')
    const manifest = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8')) as Record<string, object>
    const present = await readdir(join(folder, 'node_modules'))
    for (const name of Object.keys(manifest['devDependencies'] ?? {}).filter(one => !one.startsWith('@')))
      expect(present).not.toContain(name)
  })
})

describe('the installed command', () => {
  test('says its version', async () => {
    const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string }
    expect((await gridwrap('--version')).stdout).toBe(`${version}\n`)
  })

  test('refuses a Node.js that is too old, and says so', async () => {
    await writeFile(join(folder, 'old-node'), '#!/bin/sh\necho 20\n', { mode: 0o755 })
    await execute('sh', ['-c', 'mkdir old && mv old-node old/node'], { cwd: folder })
    const old = { ...env, PATH: [join(folder, 'old'), env['PATH']].join(delimiter) }
    const refused = execute(join(folder, 'node_modules', '.bin', 'gridwrap'), ['--version'], { env: old })
    await expect(refused).rejects.toMatchObject({ code: 69, stderr: expect.stringContaining('24 or newer') })
  })

  test(
    'makes a site, serves it, takes a description, runs it; the library calls it',
    async () => {
      const port = await freePort()
      const made = JSON.parse((await gridwrap('init', 'site', '--port', String(port), '--json')).stdout) as {
        readonly [name: string]: string
      }
      Object.assign(env, {
        X509_CERT_DIR: made['certificates'],
        X509_USER_CERT: made['userCertificate'],
        X509_USER_KEY: made['userKey'],
        X509_USER_PROXY: join(folder, 'proxy.pem'),
        GRIDWRAP_CONFIG: made['configuration'],
        GRIDWRAP_URL: `https://localhost:${port}`,
      })
      const echo = join(folder, 'node_modules/gridwrap/samples/hosting/gsisoap-echo')
      await appendFile(made['configuration'] ?? '', `hosted: [${join(echo, 'echo.mjs')}]\n`)
      const container = spawn(join(folder, 'node_modules', '.bin', 'gridwrap'), ['serve', '--json'], {
        env,
        cwd: folder,
        stdio: ['ignore', 'pipe', 'ignore'],
      })
      const ended = once(container, 'exit')
      try {
        const [line] = (await once(createInterface({ input: container.stdout }), 'line')) as [string]
        expect(JSON.parse(line)).toMatchObject({ ready: true, port })
        await gridwrap('proxy', 'init')
        await execute('mkdir', ['greet'], { cwd: folder })
        await writeFile(join(folder, 'greet', 'application.yaml'), greet)
        expect((await gridwrap('check', '--run', 'greet')).stdout).toContain('test 2: as expected')
        expect((await gridwrap('register', 'greet')).stdout).toContain('registered greet')
        expect((await gridwrap('run', 'greet', 'who=Ada', '--out', 'result')).stdout).toContain('last = Ada')
        expect(
          (await gridwrap('call', `${env['GRIDWRAP_URL']}/services/greet?wsdl`, 'listInstances')).stdout,
        ).toContain('"Done"')
        expect(await scriptAnswer()).toEqual({ last: 'Eve', state: 'Done' })
        const client = await execute(
          join(folder, 'node', 'node'),
          [join(echo, 'client.mjs'), `${env['GRIDWRAP_URL']}/hosted/echo`, 'it is heard'],
          { cwd: folder, env },
        )
        expect(client.stdout).toMatch(/^it is heard\n\/O=gridwrap test\/CN=\w+\n\/O=gridwrap test\/CN=\w+\/CN=\d+/)
      } finally {
        container.kill('SIGTERM')
        expect((await ended)[0]).toBe(0)
      }
    },
    3 * minutes,
  )
})

/** A small program of somebody who uses the library. */
async function scriptAnswer(): Promise<unknown> {
  await writeFile(
    join(folder, 'call.js'),
    `import { findCredential, HttpsConnection, ServiceProxy, trustDirectory } from 'gridwrap'
     using connection = new HttpsConnection({ credential: findCredential(), trustDirectory: trustDirectory() })
     const greet = await ServiceProxy.open(process.env.GRIDWRAP_URL + '/services/greet', connection)
     const { results } = await greet.call('run', { who: 'Eve', times: 2n })
     console.log(JSON.stringify({ last: results.last, state: results.status.state }))
    `,
  )
  const { stdout } = await execute(join(folder, 'node', 'node'), ['call.js'], { cwd: folder, env })
  return JSON.parse(stdout)
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}
