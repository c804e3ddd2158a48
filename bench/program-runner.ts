import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createExecutableAdapter } from '../src/adapters/executable/executable-adapter.ts'
import { newId } from '../src/core/ids.ts'
import { noLimits } from '../src/keeper/attempt-plan.ts'
import { serveJobs } from './job-process.ts'
import { type LoadResult, repeat } from './load-job.ts'

/** Runs of /bin/true without a container: by the container's wrapper, or by a plain spawn. */
export interface RunJob {
  readonly how: 'wrapper' | 'spawn'
  readonly count: number
  readonly inFlight: number
  /** Where the wrapper's directories are made: on the file system of the container's. */
  readonly folder: string
}

const adapter = createExecutableAdapter()

async function byWrapper(folder: string): Promise<void> {
  const attempt = newId()
  const workDirectory = join(folder, attempt, 'work')
  await mkdir(workDirectory, { recursive: true })
  const spec = {
    attempt: `${attempt}.1`,
    argv: ['/bin/true'],
    environment: { PATH: '/usr/bin:/bin', HOME: workDirectory },
    workDirectory,
    controlDirectory: join(folder, attempt, 'control', '1'),
    stdin: undefined,
    limits: noLimits,
  }
  await adapter.submit(spec)
  await adapter.watchEnd(spec)
  const { state } = await adapter.status(spec)
  if (state !== 'ended') throw new Error(`The attempt is ${state} after its end.`)
}

async function bySpawn(): Promise<void> {
  const [code] = await once(spawn('/bin/true', { stdio: 'ignore' }), 'exit')
  if (code !== 0) throw new Error(`/bin/true ended with ${code}.`)
}

serveJobs(
  ({ how, count, inFlight, folder }: RunJob): Promise<LoadResult> =>
    repeat({ count, inFlight, watched: [process.pid] }, async () => {
      await (how === 'wrapper' ? byWrapper(folder) : bySpawn())
      return 0
    }),
)
