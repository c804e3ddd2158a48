import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { quoteName } from '../../../src/authz/gridmap-file.ts'
import { createAuthority } from '../../../src/gsi/authority.ts'
import { connectGsiClear } from '../../../src/gsi/connect-clear.ts'
import type { Credential } from '../../../src/gsi/credential.ts'
import { GsiServer } from '../../../src/gsi/gsi-server.ts'
import { GssAcceptor, GssInitiator, type InitiatorTerms } from '../../../src/gsi/gss/gss-context.ts'
import { installAuthority } from '../../../src/gsi/install-authority.ts'
import { KeyPool } from '../../../src/gsi/key-pool.ts'
import { createProxy } from '../../../src/gsi/proxy.ts'
import { openTrustStore, type TrustStore } from '../../../src/gsi/trust-store.ts'
import { GlobusServer } from '../../support/globus-servers.ts'
import { needs } from '../../support/peer.ts'
import { run } from './run-program.ts'

const directory = mkdtempSync(join(tmpdir(), 'gridwrap-gss-'))
const path = (name: string): string => join(directory, name)
const keys = new KeyPool()
let trust: TrustStore
let alice: Credential
let proxy: Credential
let host: Credential
let files: { trust: string; certificate: string; key: string; gridmap: string; folder: string }

beforeAll(async () => {
  const ca = await createAuthority({ dn: '/DC=org/DC=gridwrap/CN=Test CA' })
  await installAuthority(path('certificates'), ca.certificate, { crl: ca.crl() })
  trust = openTrustStore(path('certificates'))
  alice = await ca.issueUser({ dn: '/DC=org/DC=gridwrap/CN=Alice Tester' })
  proxy = await createProxy(alice)
  host = await ca.issueHost({ names: ['localhost'] })
  mkdirSync(path('home'))
  const write = (name: string, text: string): string => {
    writeFileSync(path(name), text, { mode: 0o600 })
    return path(name)
  }
  write('proxy.pem', proxy.toPem())
  const account = process.getuid?.() === 0 ? 'root' : (process.env['USER'] ?? 'nobody')
  files = {
    ...{ trust: path('certificates'), folder: path('home') },
    ...{ certificate: write('cert.pem', String(host.toTls().cert)), key: write('key.pem', String(host.toTls().key)) },
    gridmap: write('map', `${quoteName(alice.certificate.subject.slash)} ${account}\n`),
  }
})
afterAll(() => {
  keys[Symbol.dispose]()
  rmSync(directory, { recursive: true, force: true })
})

const initiator = (more: Partial<InitiatorTerms> = {}): GssInitiator =>
  new GssInitiator({ credential: proxy, trust, host: 'localhost', ...more })
const acceptor = (): GssAcceptor => new GssAcceptor({ credential: host, trust, newKey: () => keys.take() })

describe('two contexts', () => {
  test.each(['none', 'limited', 'full'] as const)('come to stand, delegate (%s), and speak', async delegation => {
    using one = initiator({ delegation })
    using other = acceptor()
    let { token } = await one.step()
    for (let steps = 0; token !== undefined && steps < 10; steps++) {
      const answer = await other.step(token)
      token = answer.token === undefined ? undefined : (await one.step(answer.token)).token
    }
    expect([one.complete, other.complete]).toEqual([true, true])
    expect(other.peer.identity.subject).toBe(alice.certificate.subject.slash)
    expect(other.delegated?.validated.identity.proxy).toBe(delegation === 'none' ? undefined : delegation)
    const token1 = await one.wrap(Buffer.from('to whom it may concern'))
    expect(token1.includes('concern')).toBe(false)
    expect((await other.unwrap(token1)).toString()).toBe('to whom it may concern')
    expect((await one.unwrap(await other.wrap(Buffer.from('thank you')))).toString()).toBe('thank you')
    const changed = await one.wrap(Buffer.from('pay me'))
    changed[changed.length - 3] = (changed[changed.length - 3] ?? 0) ^ 1
    await expect(other.unwrap(changed)).rejects.toThrow()
  })

  test('do not stand with the wrong one, nor with garbage', async () => {
    using one = initiator({ expect: { mode: 'identity', subject: '/CN=somebody else' } })
    using other = acceptor()
    const { token = Buffer.alloc(0) } = await one.step()
    const answer = await other.step(token)
    const finished = await one
      .step(answer.token)
      .then(
        step => other.step(step.token).then(last => one.step(last.token)),
        (error: unknown) => Promise.reject(error),
      )
      .catch((error: unknown) => error as Error)
    expect(finished).toBeInstanceOf(Error)
    expect(one.complete).toBe(false)
    await expect(one.wrap(Buffer.from('x'))).rejects.toThrow()
    using third = acceptor()
    await expect(third.step(Buffer.from('GET / HTTP/1.1\r\n\r\n'))).rejects.toThrow()
  })
})

/** One FTP control channel: commands out, replies in. */
class Control {
  readonly #socket: Socket
  readonly #lines: AsyncIterator<string>

  constructor(socket: Socket) {
    this.#socket = socket
    this.#lines = createInterface({ input: socket })[Symbol.asyncIterator]()
  }

  async reply(): Promise<string> {
    for (;;) {
      const { value, done } = await this.#lines.next()
      if (done === true) throw new Error('The server hung up.')
      if (/^\d{3} /.test(value) || value.startsWith('ADAT=') || /^33[45] /.test(value)) return value
    }
  }

  async ask(line: string): Promise<string> {
    this.#socket.write(`${line}\r\n`)
    return this.reply()
  }
}

describe.skipIf(!needs('globus-url-copy'))('with real Globus programs', () => {
  test.each([
    ['TLS 1.3', 'TLSv1.3', 'full'],
    ['TLS 1.3', 'TLSv1.3', 'none'],
    ['TLS 1.2', 'TLSv1.2', 'full'],
    ['TLS 1.2', 'TLSv1.2', 'limited'],
  ] as const)('a GridFTP server lets an initiator in (%s, %s, delegates %s)', async (_what, maxVersion, delegation) => {
    using server = await GlobusServer.gridftp(files)
    const socket = connect(server.port, '127.0.0.1')
    await once(socket, 'connect')
    const control = new Control(socket)
    expect(await control.reply()).toMatch(/^220 /)
    expect(await control.ask('AUTH GSSAPI')).toMatch(/^334 /)
    using context = initiator({ maxVersion, delegation })
    let step = await context.step()
    let reply = ''
    while (!reply.startsWith('235')) {
      reply = await control.ask(`ADAT ${step.token?.toString('base64') ?? ''}`)
      const [, token] = /^335 ADAT=(.*)$/.exec(reply) ?? []
      if (token !== undefined) step = await context.step(Buffer.from(token, 'base64'))
      else expect(reply).toMatch(/^235/)
    }
    expect(context.complete).toBe(true)
    const say = async (line: string): Promise<string> => {
      const answer = await control.ask(`ENC ${(await context.wrap(Buffer.from(`${line}\r\n`))).toString('base64')}`)
      return (await context.unwrap(Buffer.from(answer.replace(/^63[123] /, ''), 'base64'))).toString()
    }
    expect(await say('USER :globus-mapping:')).toMatch(/^331 /)
    expect(await say('PASS dummy')).toMatch(/^230 /)
    if (delegation !== 'none') {
      // DCAU A, PROT C: whoever is at the other end of the data channel has what was delegated, and speaks in the clear.
      writeFileSync(join(files.folder, 'hello'), 'hello in the clear\n')
      expect(await say('TYPE I')).toMatch(/^200 /)
      const [, high, low] = /\((?:\d+,){4}(\d+),(\d+)\)/.exec(await say('PASV')) ?? []
      const begun = say(`RETR ${join(files.folder, 'hello')}`)
      const data = await connectGsiClear({
        ...{ host: 'localhost', address: '127.0.0.1', port: Number(high) * 256 + Number(low) },
        ...{ credential: proxy, trust, expect: { mode: 'self' } },
      })
      expect(await text(data.socket)).toBe('hello in the clear\n')
      expect(data.peer.identity.proxy).toBe(delegation)
      expect(await begun).toMatch(/^1\d\d /)
    }
    socket.destroy()
  })

  test('an acceptor takes globus-url-copy in, with what it delegates', async () => {
    const seen = Promise.withResolvers<GssAcceptor>()
    const server = createServer(socket => {
      const context = acceptor()
      socket.write('220 gridwrap test\r\n')
      socket.on('error', () => undefined)
      createInterface({ input: socket }).on('line', line => {
        const [word, argument = ''] = line.split(' ')
        if (word === 'AUTH') return void socket.write('334 Using authentication type; ADAT must follow.\r\n')
        if (word !== 'ADAT') return void socket.end('421 That was all.\r\n')
        context.step(Buffer.from(argument, 'base64')).then(
          ({ token, complete }) => {
            if (complete) seen.resolve(context)
            socket.write(
              complete
                ? '235 GSSAPI Authentication successful.\r\n'
                : `335 ADAT=${token?.toString('base64') ?? ''}\r\n`,
            )
          },
          (error: unknown) => seen.reject(error),
        )
      })
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    const env = {
      X509_CERT_DIR: files.trust,
      X509_USER_PROXY: path('proxy.pem'),
      GLOBUS_HOSTNAME: 'localhost',
      HOME: directory,
    }
    const client = run('globus-url-copy', [`gsiftp://localhost:${port}/x`, `file://${path('x')}`], { env })
    using context = await seen.promise
    expect(context.peer.identity).toMatchObject({ subject: alice.certificate.subject.slash, proxy: 'full' })
    // globus-url-copy delegates limited proxies.
    expect(context.delegated?.validated.identity.proxy).toBe('limited')
    expect((await client).code).not.toBe(0)
    server.close()
  })
})

describe.skipIf(!needs('myproxy-info'))('a real MyProxy client', () => {
  test('talks to a GSI server', async () => {
    await using server = await GsiServer.listen({ host: '127.0.0.1', credential: host, trust })
    const answer = server.accept().then(async ({ socket, peer }) => {
      const [asked] = (await once(socket.resume(), 'data')) as [Buffer]
      socket.end(Buffer.from('VERSION=MYPROXYv2\nRESPONSE=1\nERROR=nothing of yours is here\n\0'))
      return { asked: asked.toString(), subject: peer.identity.subject }
    })
    const env = {
      ...{ X509_CERT_DIR: files.trust, X509_USER_PROXY: path('proxy.pem'), HOME: directory },
      MYPROXY_SERVER_DN: host.certificate.subject.slash,
    }
    const client = await run('myproxy-info', ['-s', 'localhost', '-p', String(server.port), '-l', 'alice'], { env })
    expect(client.stderr + client.stdout).toContain('nothing of yours is here')
    expect(await answer).toEqual({
      asked: expect.stringMatching(/^VERSION=MYPROXYv2\nCOMMAND=2\nUSERNAME=alice/) as string,
      subject: alice.certificate.subject.slash,
    })
  })
})
