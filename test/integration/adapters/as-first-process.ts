// Run as process 1 of a process namespace: Node adopts orphans there and never waits for them, so they stay zombies.
import { readFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { readClaim } from '../../../src/adapters/executable/attempt-files.ts'
import { createExecutableAdapter } from '../../../src/adapters/executable/executable-adapter.ts'
import { unlimited, until } from '../../compliance/adapters/attempt-ground.ts'

const [place = ''] = process.argv.slice(2)
const adapter = createExecutableAdapter()
const spec = {
  attempt: 'first-process.1',
  argv: ['sh', '-c', 'setsid sleep 600 & : >ready; sleep 600'],
  environment: { PATH: '/usr/bin:/bin' },
  workDirectory: join(place, 'work'),
  controlDirectory: join(place, 'control'),
  stdin: undefined,
  limits: unlimited,
}
await mkdir(spec.workDirectory, { recursive: true })
await adapter.submit(spec)
await until('ready', () => readFileSync(join(spec.controlDirectory, 'claim'), 'utf8').includes('program'))
const claim = await readClaim(spec.controlDirectory)
if (claim.by !== 'wrapper' || claim.program === undefined) throw new Error('no program')
process.kill(claim.wrapper.pid, 'SIGKILL')
await until('the wrapper is gone', () => stateOf(claim.wrapper.pid) === undefined)
const orphaned = await adapter.status(spec)
process.kill(claim.program.pid, 'SIGKILL')
await adapter.watchEnd(spec, AbortSignal.timeout(20_000))
const zombie = stateOf(claim.program.pid)
const status = await adapter.status(spec)
const swept = await adapter.sweep(spec)
console.log(
  JSON.stringify({
    pid: process.pid,
    orphaned: orphaned.state,
    zombie,
    status,
    swept,
    again: await adapter.sweep(spec),
  }),
)

function stateOf(pid: number): string | undefined {
  try {
    return /\) (.)/.exec(readFileSync(`/proc/${pid}/stat`, 'latin1'))?.[1]
  } catch {
    return undefined
  }
}
