// Over 300 lines: one container of root, with everything that running as other accounts has to keep.
import { execFileSync, spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { quoteName } from '../../../src/authz/gridmap-file.ts'
import { HttpsConnection } from '../../../src/client/https-connection.ts'
import type { ServiceProxy } from '../../../src/client/service-proxy.ts'
import { findAccount } from '../../../src/core/system-account.ts'
import type { JobRef, JobStatus } from '../../../src/factory/job-status.ts'
import { waitFor } from '../../faults/persistently.ts'
import { counting } from '../../support/counting.ts'
import { missing, needs } from '../../support/peer.ts'
import { pythonSession } from '../../support/python-session.ts'
import { reachableCheckout } from '../../support/reachable-checkout.ts'
import { TestSite } from '../../support/site.ts'

// Accounts that every Debian has: as one of them runs the container, as the other Alice's programs.
const service = 'daemon'
const account = 'games'

const who = `
gridwrap: 1
name: who
title: Says who it is, and leaves files that only it can read
command: sh who.sh
files:
  - who.sh: |
      umask 077
      {
        id -un; id -gn; id -Gn
        echo "$USER $LOGNAME $HOME"
        grep -E '^(CapEff|CapPrm|CapAmb|CapBnd|NoNewPrivs)' /proc/self/status | tr -d '\\t'
        stat -c '%U %a' "$X509_USER_PROXY"
        grid-proxy-info -identity
        cat ../spool/* ../control/1/claim ../../../../data/gridwrap.sqlite ../../../../hostkey.pem; ls ../../../
      } > said.txt 2> refused.txt
      mkdir deep; chmod 700 deep; echo inner > deep/inner.txt; chmod 400 deep/inner.txt; chmod 500 deep
      echo to standard output
outputs:
  said: said.txt
  refused: refused.txt
  inner: deep/inner.txt
  log: stdout
credential: limited
`

const sleeps = `
gridwrap: 1
name: sleeps
title: Sleeps, and leaves a daemon behind
command: sh sleeps.sh
files:
  - sleeps.sh: |
      setsid sh -c 'sleep 4000' &
      echo $$ > pid
      sleep 4000
outputs:
  pid: {file: pid, optional: true}
`

const links = `
gridwrap: 1
name: links
title: Links to what is its account's own, and lets others in
command: sh links.sh {own}
inputs:
  own: {type: string}
stdin: from a place of its own
files:
  - links.sh: |
      cat > read.txt
      ln "$1/precious" linked
      setfacl -m u:65534:rwx,d:u:65534:rwx .
      mkdir closed; echo x > closed/x; chmod 000 closed/x closed
outputs:
  read: read.txt
`

const canRun =
  needs('setfacl') &&
  needs('setpriv') &&
  needs('grid-proxy-info') &&
  (process.getuid?.() === 0 || missing('Only root can run programs as other accounts; run this test as root.'))

const commandLine = (pid: string): string => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1')
  } catch {
    return ''
  }
}

/** What the program `sleeps` started, as the account, and runs. */
const sleepers = (): readonly string[] =>
  execFileSync('ps', ['-U', account, '-o', 'args='], { encoding: 'utf8' })
    .split('\n')
    .filter(line => line === 'sleep 4000')

async function becomes(proxy: ServiceProxy, { handle }: JobRef, state: string): Promise<void> {
  await waitFor(state, async () => {
    const { status } = await proxy.call<{ status: JobStatus }>('getStatus', {}, handle)
    return status.state === state
  })
}

describe.runIf(canRun)('a container whose programs run as accounts of their owners', () => {
  let site: TestSite

  beforeAll(async () => {
    site = await TestSite.make({
      checkout: reachableCheckout(),
      key: 'rsa',
      descriptions: {
        who,
        sleeps,
        links,
        python: pythonSession('python'),
        counts: counting('counts', 'state: saved\n  how: signal USR1'),
      },
      configuration: {
        instances: './instances',
        run: `{at-once: 8, grace: 1s, limits: {time: 10m}, accounts: [{gridmap: ./accounts}], service-account: ${service}, least-uid: 2, environment: {X509_CERT_DIR: ./certificates}}`,
      },
    })
    const configuration = readFileSync(site.configurationFile, 'utf8')
    writeFileSync(site.configurationFile, configuration.replace('X509_CERT_DIR: ./', `X509_CERT_DIR: ${site.folder}/`))
    writeFileSync(join(site.folder, 'accounts'), `${quoteName(site.alice.dn)} ${account}\n`)
    chmodSync(site.folder, 0o755)
    chownSync(join(site.folder, 'hostkey.pem'), (await findAccount(service))?.uid ?? 0, 0)
    await site.startContainer()
  })
  afterAll(() => site[Symbol.asyncDispose]())

  /** A process of the container: `part launcher`, `part keeper`, or `serve` with the account that it has. */
  const processes = (words: string): readonly number[] =>
    readdirSync('/proc')
      .filter(name => /^\d+$/.test(name))
      .filter(pid => {
        const line = commandLine(pid)
        return line.includes(site.configurationFile) && line.includes(words)
      })
      .map(Number)

  test('runs them so, with no right of its own, and reads what they made', async () => {
    using connection = new HttpsConnection({
      credential: site.alice.proxy,
      trustDirectory: site.trust,
      delegation: 'full',
    })
    const proxy = await site.service('who', connection)
    const { results } = await proxy.call<{ results: Readonly<Record<string, { content: Uint8Array }>> }>('run', {})
    const text = (name: string): string => Buffer.from(results[name]?.content ?? []).toString()
    const lines = text('said').trim().split('\n')
    expect(lines.slice(0, 3)).toEqual([account, account, account])
    expect(lines[3]).toBe(`${account} ${account} ${(await findAccount(account))?.home}`)
    expect(lines.slice(4, 7)).toEqual([
      'CapPrm:0000000000000000',
      'CapEff:0000000000000000',
      expect.stringMatching(/^CapBnd:/) as string,
    ])
    expect(lines).toContain('CapAmb:0000000000000000')
    expect(lines).toContain('NoNewPrivs:1')
    expect(lines).toContain(`${account} 600`)
    expect(lines.at(-1)).toBe(site.alice.dn)
    // It sees nothing of the container's, and nothing of other instances.
    expect(text('refused').match(/Permission denied|cannot open/g)?.length).toBeGreaterThanOrEqual(4)
    expect(text('inner')).toBe('inner\n')
    expect(text('log')).toBe('to standard output\n')
  })

  test('runs nothing of those who have no account', async () => {
    const bob = await site.user('Bob')
    using connection = site.connect(bob)
    const proxy = await site.service('sleeps', connection)
    await expect(proxy.call('submit', {})).rejects.toThrow(/CN=Bob has no account on this host/)
    writeFileSync(join(site.folder, 'accounts'), `${quoteName(bob.dn)} root\n`, { flag: 'a' })
    // The file is followed; how quickly, is not ours to say.
    let job: JobRef | undefined
    await waitFor('an account for Bob', async () => {
      job = (await proxy.call<{ job: JobRef }>('submit', {}).catch(() => undefined))?.job
      return job !== undefined
    })
    const { status } = await proxy.call<{ status: JobStatus }>('waitFor', { seconds: 30 }, job?.handle)
    expect(status.state).toBe('Failed')
    expect(status.reason).toMatch(/No program runs as the account "root": it is root, or in its group/)
  })

  test('holds sessions as them, and saves their state', async () => {
    using connection = site.connect()
    const proxy = await site.service('python', connection)
    const { job } = await proxy.call<{ job: JobRef }>('submit', {})
    const evaluate = async (code: string, { handle }: JobRef): Promise<string> =>
      (await proxy.call<{ evaluation: { output: string } }>('evaluate', { code }, handle)).evaluation.output
    expect(await evaluate('import getpass\nx = 5\nprint(getpass.getuser())', job)).toBe(`${account}\n`)
    const { results } = await proxy.call<{ results: { upper: { content: Uint8Array } } }>(
      'upper',
      { words: { text: 'abc' } },
      job.handle,
    )
    expect(Buffer.from(results.upper.content).toString()).toBe('ABC')
    const { checkpoint } = await proxy.call<{ checkpoint: { url: string[] } }>('checkpoint', {}, job.handle)
    const content = await buffer((await connection.send('GET', checkpoint.url[0] ?? '')).body)
    const restored = await proxy.call<{ job: JobRef }>('submit', { checkpoint: { content } })
    expect(await evaluate('print(x)', restored.job)).toBe('5\n')
    for (const one of [job, restored.job]) await proxy.call('destroy', {}, one.handle)
  })

  test('asks them for their state by a signal', async () => {
    using connection = site.connect()
    const proxy = await site.service('counts', connection)
    const { job } = await proxy.call<{ job: JobRef }>('submit', { to: 9n, pause: 7n })
    await waitFor('number 7', async () => {
      const { text } = await connection.sendForText('GET', `${job.handle}/files/stdout`)
      return text.includes('number 7\n')
    })
    const { checkpoint } = await proxy.call<{ checkpoint: { url: string[] } }>('checkpoint', {}, job.handle)
    const content = await buffer((await connection.send('GET', checkpoint.url[0] ?? '')).body)
    await proxy.call('cancel', {}, job.handle)
    const { results } = await proxy.call<{ results: object }>('run', { to: 8n, checkpoint: { content } })
    expect(results).toMatchObject({ begun: 7n, ended: 8n })
  })

  test('suspends, resumes and cancels them, with all that they started', async () => {
    using connection = site.connect()
    const proxy = await site.service('sleeps', connection)
    const { job } = await proxy.call<{ job: JobRef }>('submit', {})
    await becomes(proxy, job, 'Active')
    await waitFor('its sleepers', () => sleepers().length >= 2)
    await proxy.call('suspend', {}, job.handle)
    await becomes(proxy, job, 'Suspended')
    await proxy.call('resume', {}, job.handle)
    await becomes(proxy, job, 'Active')
    await proxy.call('cancel', {}, job.handle)
    await becomes(proxy, job, 'Canceled')
    expect(sleepers()).toEqual([])
  })

  test('goes on when the launcher, the keeper, or the process of root is killed', async () => {
    using connection = site.connect()
    const proxy = await site.service('sleeps', connection)
    const { job } = await proxy.call<{ job: JobRef }>('submit', {})
    await becomes(proxy, job, 'Active')
    for (const part of ['part\0launcher', 'part\0keeper']) {
      const [pid = 0] = processes(part)
      process.kill(pid, 'SIGKILL')
      await waitFor(`another ${part}`, () => processes(part).some(other => other !== pid))
    }
    await proxy.call('suspend', {}, job.handle)
    await becomes(proxy, job, 'Suspended')
    await site.killFirst()
    // What it started ends with it, so that nothing holds the port and the store of the next one.
    await waitFor('the end of all parts', () => processes('main.ts').length === 0)
    await site.startContainer()
    using again = site.connect()
    const later = await site.service('sleeps', again)
    await later.call('resume', {}, job.handle)
    await becomes(later, job, 'Active')
    await later.call('destroy', {}, job.handle)
    await waitFor('the end of its programs', () => sleepers().length === 0)
    const id = job.handle.split('/').at(-1) ?? ''
    await waitFor('the end of its files', () => !existsSync(join(site.folder, 'instances', id.slice(0, 2), id)))
  })

  test('takes back what it gave, and nothing else', async () => {
    const { uid = 0, gid = 0 } = (await findAccount(account)) ?? {}
    const own = join(site.folder, 'own')
    mkdirSync(own)
    writeFileSync(join(own, 'precious'), 'mine\n')
    for (const path of [own, join(own, 'precious')]) chownSync(path, uid, gid)
    using connection = site.connect()
    const proxy = await site.service('links', connection)
    const { job } = await proxy.call<{ job: JobRef }>('submit', { own })
    const { status } = await proxy.call<{ status: JobStatus }>('waitFor', { seconds: 30 }, job.handle)
    expect(status.state).toBe('Done')
    expect(statSync(join(own, 'precious')).uid).toBe(uid)
    const instance = join(site.folder, 'instances', job.id.slice(0, 2), job.id)
    const rights = execFileSync('getfacl', ['-n', '-p', join(instance, 'work')], { encoding: 'utf8' })
    expect(rights).not.toMatch(/^(?:default:)?user:\d/m)
    expect(statSync(join(instance, 'work')).uid).not.toBe(uid)
    // What it read came from a place where nobody puts a link.
    expect(existsSync(join(instance, 'control/1/stdin'))).toBe(true)
    await proxy.call('destroy', {}, job.handle)
    await waitFor('the end of its files', () => !existsSync(instance))
  })

  test('has a launcher in which nobody opens a debugger', async () => {
    const [pid = 0] = processes('part\0launcher')
    process.kill(pid, 'SIGUSR1')
    // It has taken the signal when it has answered something that came later.
    using connection = site.connect()
    const proxy = await site.service('links', connection)
    const { job } = await proxy.call<{ job: JobRef }>('submit', { own: '/nonexistent' })
    await proxy.call('waitFor', { seconds: 30 }, job.handle)
    expect(processes('part\0launcher')).toEqual([pid])
    const listening = execFileSync('sh', ['-c', 'cat /proc/net/tcp'], { encoding: 'utf8' })
    expect(listening).not.toMatch(/0100007F:240D 00000000:0000 0A/)
  })

  test('is checked before it starts, its map included', () => {
    const text = readFileSync(site.configurationFile, 'utf8')
    const check = (name: string, more: string): string => {
      const file = join(site.folder, name)
      writeFileSync(file, text.replace('accounts: [', `accounts: [${more}`))
      const words = ['serve', '--check', '--config', file]
      const options = { encoding: 'utf8', env: { ...process.env, ...site.environmentFor() } } as const
      const { stdout, stderr } = spawnSync(join(reachableCheckout(), 'bin/gridwrap'), words, options)
      return stdout + stderr
    }
    expect(check('good.yaml', '')).toMatch(/is good/)
    expect(check('good.yaml', '')).not.toMatch(/programs run as root/)
    const bad = check('bad.yaml', '{voms: {/astro/Role=x: nosuchaccount}}, {everybody: bin}, ')
    expect(bad).toMatch(/account "nosuchaccount": it is not known on this host/)
    chownSync(join(site.folder, 'bad.yaml'), 1, 1)
    expect(check('bad.yaml', '')).toMatch(/can be written by daemon|belongs to user 1/)
  })

  test('leaves its store and its log to its own account, also after a command of root', () => {
    execFileSync(
      join(reachableCheckout(), 'bin/gridwrap'),
      ['unregister', 'sleeps', '--config', site.configurationFile],
      { env: { ...process.env, ...site.environmentFor() } },
    )
    for (const name of readdirSync(site.data))
      expect(execFileSync('stat', ['-c', '%U', join(site.data, name)], { encoding: 'utf8' }), name).toBe(`${service}\n`)
    expect(statSync(site.data).mode & 0o777).toBe(0o700)
  })
})
