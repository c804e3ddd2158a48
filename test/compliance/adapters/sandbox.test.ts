import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { AttemptSpec, RunAdapter, Sandbox } from '../../../src/adapters/adapter.ts'
import { createExecutableAdapter } from '../../../src/adapters/executable/executable-adapter.ts'
import { needs } from '../../support/peer.ts'
import { AttemptGround, appears, ended, outputOf, programs, until } from './attempt-ground.ts'
import { runAdapterSuite } from './run-adapter-suite.ts'

const plain: Sandbox = { network: false, reads: [programs], hides: [], readsControl: false }

/** Shuts every attempt in that says nothing itself. */
function makeAdapter(): RunAdapter {
  const adapter = createExecutableAdapter()
  const shutIn = (spec: AttemptSpec): AttemptSpec => ({ sandbox: plain, ...spec })
  return {
    name: adapter.name,
    submit: spec => adapter.submit(shutIn(spec)),
    status: spec => adapter.status(shutIn(spec)),
    claim: spec => adapter.claim(shutIn(spec)),
    cancel: (spec, how) => adapter.cancel(shutIn(spec), how),
    sweep: spec => adapter.sweep(shutIn(spec)),
    signal: async (spec, name) => adapter.signal?.(shutIn(spec), name),
    suspend: async spec => adapter.suspend?.(shutIn(spec)),
    resume: async spec => adapter.resume?.(shutIn(spec)),
    watchEnd: (spec, signal) => adapter.watchEnd(shutIn(spec), signal),
  }
}

describe.runIf(needs('bwrap'))('in a sandbox', () => {
  runAdapterSuite('sandboxed', makeAdapter, { ownProcesses: true })

  const adapter = makeAdapter()
  const said = async (ground: AttemptGround, script: string, sandbox: Partial<Sandbox> = {}): Promise<string> => {
    const spec = await ground.attempt(['sh', '-c', script], { sandbox: { ...plain, ...sandbox } })
    await adapter.submit(spec)
    expect(await ended(adapter, spec)).toMatchObject({ state: 'ended', exit: { exitCode: 0 } })
    return outputOf(spec).toString().trim()
  }

  test('a program finds the system to read, its own folder to write, and nothing else', async () => {
    await using ground = await AttemptGround.make(adapter)
    const secret = join(ground.path, 'secret')
    writeFileSync(secret, 'the secret of another')
    const tries = [
      `cat ${secret}`,
      'touch /usr/mine',
      'touch /etc/mine',
      'touch /mine',
      'touch /dev/mine',
      'ls /home',
      'cat /etc/grid-security/hostkey.pem',
      'grep root /etc/shadow',
    ]
    const script = `${tries.map(one => `(${one}) 2>/dev/null && echo could: ${one.split(' ')[0]}`).join('; ')}; echo mine >kept; ls /usr/bin/env; cat kept; touch /tmp/t && echo temporary`
    expect(await said(ground, script)).toBe('/usr/bin/env\nmine\ntemporary')
    expect(existsSync('/tmp/t')).toBe(false)
  })

  test('what is hidden stays so in what it may read, a file as well as a folder', async () => {
    await using ground = await AttemptGround.make(adapter)
    const data = mkdtempSync(join(tmpdir(), 'shown-'))
    mkdirSync(join(data, 'inner'))
    for (const name of ['shown', 'key', 'inner/deep']) writeFileSync(join(data, name), name)
    const hides = [join(data, 'key'), join(data, 'inner')]
    try {
      const script = `cat ${data}/shown ${data}/key; ls ${data}/inner; touch ${data}/inner/x ${data}/x 2>/dev/null; echo .`
      expect(await said(ground, script, { reads: [data], hides })).toBe('shown.')
    } finally {
      rmSync(data, { recursive: true })
    }
  })

  test('it reaches nobody, unless it may use the network', async () => {
    await using ground = await AttemptGround.make(adapter)
    const server = createServer(socket => socket.end('reached')).listen(0, '127.0.0.1')
    await new Promise(resolve => server.once('listening', resolve))
    const { port } = server.address() as { port: number }
    const script = `exec 2>/dev/null; bash -c 'exec 3<>/dev/tcp/127.0.0.1/${port} && cat <&3' || echo nobody`
    expect(await said(ground, script)).toBe('nobody')
    expect(await said(ground, script, { network: true })).toBe('reached')
    await new Promise(resolve => server.close(resolve))
  })

  test('it sees no process but its own, and holds nothing of ours', async () => {
    await using ground = await AttemptGround.make(adapter)
    const script = `kill -0 ${process.pid} 2>/dev/null && echo sees; set -- /proc/1/fd/*; for f; do readlink $f; done; set -- /proc/$$/fd/*; for f; do readlink $f; done; grep CapEff /proc/self/status`
    const seen = (await said(ground, script)).split('\n')
    expect(seen.filter(line => line === 'sees' || line.endsWith('/claim') || line === '/proc')).toEqual([])
    expect(seen.at(-1)).toBe('CapEff:\t0000000000000000')
  })

  test('its control directory is there to be read, where its proxy lies in it', async () => {
    await using ground = await AttemptGround.make(adapter)
    for (const readsControl of [false, true]) {
      const spec = await ground.attempt(['sh', '-c', 'true'])
      const directory = spec.controlDirectory
      const script = `[ -e ${directory}/claim ] && echo there; (: >${directory}/mine) 2>/dev/null && echo written; true`
      const own = { ...spec, argv: ['sh', '-c', script], sandbox: { ...plain, readsControl } }
      await adapter.submit(own)
      await ended(adapter, own)
      expect(outputOf(own).toString()).toBe(readsControl ? 'there\n' : '')
    }
  })

  test('a signal is the program’s own, and what it left behind ends with it', async () => {
    await using ground = await AttemptGround.make(adapter)
    const spec = await ground.attempt([
      'sh',
      '-c',
      'trap "echo saved; exit 5" USR1; (setsid sleep 1000 &); : >ready; while :; do sleep 0.05; done',
    ])
    await adapter.submit(spec)
    await appears(spec, 'ready')
    await adapter.signal?.(spec, 'SIGUSR1')
    expect(await ended(adapter, spec)).toMatchObject({ state: 'ended', exit: { exitCode: 5 } })
    expect(outputOf(spec).toString()).toBe('saved\n')
    await until('the end of all', async () => (await adapter.sweep(spec)) === 0)
  })

  test('where there is no bubblewrap, nothing is run, and it says what is missing', async () => {
    await using ground = await AttemptGround.make(adapter)
    const path = process.env['PATH'] ?? ''
    for (const name of ['env', 'setsid']) symlinkSync(`/usr/bin/${name}`, join(ground.path, name))
    const spec = await ground.attempt(['sh', '-c', 'touch ran'])
    try {
      process.env['PATH'] = ground.path
      await adapter.submit(spec)
    } finally {
      process.env['PATH'] = path
    }
    expect(await ended(adapter, spec)).toMatchObject({
      state: 'ended',
      exit: {
        notStarted:
          'sh was not started: its sandbox cannot be made on this host, which needs bubblewrap and user namespaces.',
      },
    })
    expect(existsSync(join(spec.workDirectory, 'ran'))).toBe(false)
  })
})
