import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AttemptSpec, RunAdapter } from '../../../src/adapters/adapter.ts'
import { createExecutableAdapter } from '../../../src/adapters/executable/executable-adapter.ts'
import { launcherWords } from '../../../src/adapters/run-as/account-words.ts'
import { LauncherClient } from '../../../src/adapters/run-as/launcher-client.ts'
import { RunAsAdapter } from '../../../src/adapters/run-as/run-as-adapter.ts'
import { openLog } from '../../../src/core/log.ts'
import { findAccount } from '../../../src/core/system-account.ts'
import { missing, needs } from '../../support/peer.ts'
import { reachableCheckout } from '../../support/reachable-checkout.ts'
import { AttemptGround, ended, outputOf, workFile } from './attempt-ground.ts'
import { runAdapterSuite } from './run-adapter-suite.ts'

// Accounts that every Debian has: as one of them runs what the container is, as another the programs.
const serviceName = 'daemon'
const account = 'games'

const canRun =
  needs('setfacl') &&
  needs('setpriv') &&
  (process.getuid?.() === 0 || missing('Only root can run programs as other accounts; run this test as root.'))

describe.runIf(canRun)('with a launcher', async () => {
  const service = await findAccount(serviceName)
  if (service === undefined) throw new Error(`There is no ${serviceName}.`)
  const folder = mkdtempSync(join(tmpdir(), 'gridwrap-launcher-'))
  chownSync(folder, service.uid, service.gid)
  const socket = join(folder, 'launcher.sock')
  const client = new LauncherClient(socket, openLog('test', 'warn'))
  let launcher: ChildProcess

  beforeAll(async () => {
    const checkout = reachableCheckout()
    const [setpriv = '', ...words] = launcherWords(service)
    const script = [join(checkout, 'test/fixtures/launcher.ts'), socket, tmpdir(), serviceName, account]
    launcher = spawn(setpriv, [...words, process.execPath, ...script], {
      cwd: '/',
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    await once(launcher, 'message')
  })

  afterAll(async () => {
    client[Symbol.dispose]()
    const gone = once(launcher, 'exit')
    launcher.disconnect()
    await gone
    rmSync(folder, { recursive: true })
  })

  /** What the container would have made under its own account. */
  const asTheContainer = ({ workDirectory, controlDirectory, stdin }: AttemptSpec): void => {
    mkdirSync(controlDirectory, { recursive: true })
    const streams = ['stdout', 'stderr'].map(name => join(controlDirectory, name))
    for (const stream of streams) if (!existsSync(stream)) writeFileSync(stream, '')
    if (stdin !== undefined && existsSync(stdin)) copyFileSync(stdin, join(controlDirectory, 'stdin'))
    const owner = `${service.uid}:${service.gid}`
    execFileSync('chown', ['-R', '-h', '--from=0', owner, '--', dirname(dirname(controlDirectory))])
    if (existsSync(workDirectory)) execFileSync('chown', ['-R', '-h', '--from=0', owner, '--', workDirectory])
  }

  class AsAccount extends RunAsAdapter {
    override submit(spec: AttemptSpec): Promise<void> {
      asTheContainer(spec)
      return super.submit(spec.stdin === undefined ? spec : { ...spec, stdin: join(spec.controlDirectory, 'stdin') })
    }
  }

  /** Gives every attempt the account. */
  const makeAdapter = (): RunAdapter => {
    const adapter = new AsAccount(client, createExecutableAdapter())
    const withAccount = (spec: AttemptSpec): AttemptSpec => ({ ...spec, account })
    return {
      name: adapter.name,
      submit: spec => adapter.submit(withAccount(spec)),
      status: spec => adapter.status(withAccount(spec)),
      claim: spec => adapter.claim(withAccount(spec)),
      cancel: (spec, how) => adapter.cancel(withAccount(spec), how),
      sweep: spec => adapter.sweep(withAccount(spec)),
      reclaim: spec => adapter.reclaim(withAccount(spec)),
      suspend: spec => adapter.suspend(withAccount(spec)),
      resume: spec => adapter.resume(withAccount(spec)),
      watchEnd: (spec, signal) => adapter.watchEnd(withAccount(spec), signal),
    }
  }

  runAdapterSuite('run-as', makeAdapter)

  test.runIf(needs('bwrap'))('in a sandbox, as the account', async () => {
    const adapter = makeAdapter()
    await using ground = await AttemptGround.make(adapter)
    const sandbox = { network: false, reads: [], hides: [], readsControl: false }
    const spec = await ground.attempt(['sh', '-c', 'id -un; echo mine >kept; ls /home 2>/dev/null; exit 4'], {
      sandbox,
    })
    await adapter.submit(spec)
    expect(await ended(adapter, spec)).toMatchObject({ state: 'ended', exit: { exitCode: 4 } })
    expect(outputOf(spec).toString()).toBe(`${account}\n`)
    expect(workFile(spec, 'kept')).toBe('mine\n')
  })
})
