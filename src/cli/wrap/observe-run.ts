import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { AttemptSpec, AttemptStatus, RunAdapter } from '../../adapters/adapter.ts'
import { createExecutableAdapter } from '../../adapters/executable/executable-adapter.ts'
import type { Observation } from '../../application/importers/observed/observation.ts'
import { newId } from '../../core/ids.ts'
import { completeUse, type ResourceUse } from '../../core/resource-use.ts'
import { isExecutable } from '../../files/is-executable.ts'
import { plainSite } from '../../keeper/attempt-plan.ts'
import { UsageError } from '../terminal.ts'
import { beginningOf, filesBelow, foldersAmong, guessedFiles, regularFiles, tracedFiles } from './seen-files.ts'

const traced = 'trace=open,openat,openat2,creat,rename,renameat,renameat2,chdir,connect'
const lookEveryMs = 250
const graceMs = 5000

export interface Observed {
  readonly observation: Observation
  readonly exitCode: number | undefined
  readonly signal: string | undefined
}

/**
 * Runs a command here, once, as a person would, and sees what it does. `onLook`: is told for how many seconds it runs.
 * Throws UsageError when it cannot be started.
 */
export async function observeRun(
  argv: readonly string[],
  stdin: string | undefined,
  { stop, onLook }: { readonly stop: AbortSignal; readonly onLook: (seconds: number) => void },
): Promise<Observed> {
  const folder = process.cwd()
  const before = await filesBelow(folder)
  const home = await mkdtemp(join(tmpdir(), 'gridwrap-wrap-'))
  try {
    const isTraced = (process.env['PATH'] ?? '').split(delimiter).some(path => isExecutable(join(path, 'strace')))
    const tracer = ['strace', '-ff', '-qq', '-xx', '-y', '-s', '8192', '-e', traced, '-o', join(home, 'trace'), '--']
    const spec: AttemptSpec = {
      attempt: `wrap-${newId()}.1`,
      argv: isTraced ? [...tracer, ...argv] : argv,
      environment: ownVariables(),
      workDirectory: folder,
      controlDirectory: join(home, 'control'),
      stdin,
      limits: plainSite.limits,
    }
    const adapter = createExecutableAdapter()
    await adapter.submit(spec)
    const { end, use } = await toTheEnd(adapter, spec, stop, onLook)
    const stream = (name: string): Promise<string> => beginningOf(join(spec.controlDirectory, name))
    const [stdout, stderr] = [await stream('stdout'), await stream('stderr')]
    if (end.exit.notStarted !== undefined) throw new UsageError(end.exit.notStarted)
    const untraced = isTraced ? /^strace: (?:Can't stat|exec|Cannot).*: (.*)/.exec(stderr)?.[1] : undefined
    if (untraced !== undefined) throw new UsageError(`${argv[0] ?? ''} cannot be run: ${untraced}.`)
    const after = await filesBelow(folder)
    const files = isTraced ? await tracedFiles(home, folder) : guessedFiles(argv, folder, before, after)
    const isNew = (path: string): boolean => after.has(path) && !before.has(path)
    const [program = '', ...words] = argv
    return {
      exitCode: end.exit.exitCode,
      signal: end.exit.signal,
      observation: {
        argv: [program.includes('/') ? resolve(folder, program) : program, ...words],
        ...{ folder, stdin, stdout, stderr, traced: isTraced, connects: files.connects },
        reads: await regularFiles(files.read.filter(path => !isNew(path))),
        writes: await regularFiles(files.written),
        folders: await foldersAmong(words, folder),
        seconds: Math.max(0, end.ended - (end.started ?? end.ended)) / 1000,
        cpuSeconds: use?.cpuSeconds,
        peakMemoryBytes: use?.peakMemoryBytes,
      },
    }
  } finally {
    await rm(home, { recursive: true, force: true })
  }
}

type Ended = Extract<AttemptStatus, { state: 'ended' }>

async function toTheEnd(
  adapter: RunAdapter,
  spec: AttemptSpec,
  stop: AbortSignal,
  onLook: (seconds: number) => void,
): Promise<{ readonly end: Ended; readonly use: ResourceUse | undefined }> {
  const began = performance.now()
  const watching = new AbortController()
  const over = adapter.watchEnd(spec, watching.signal).catch(() => undefined)
  let seen: ResourceUse | undefined
  let asked: number | undefined
  for (;;) {
    const status = await adapter.status(spec)
    if (status.state === 'ended') {
      watching.abort()
      await adapter.sweep(spec)
      return { end: status, use: completeUse(seen, status.use) }
    }
    if (status.state === 'lost') throw new UsageError('It was lost sight of: what watched it was killed.')
    if (status.state === 'active' && status.usage !== undefined) {
      const { cpuSeconds, peakMemoryBytes } = status.usage
      const peak = Math.max(seen?.peakMemoryBytes ?? 0, peakMemoryBytes)
      seen = { cpuSeconds, peakMemoryBytes: peak, measured: { cpu: 'sampled', memory: 'sampled' } }
    }
    if (stop.aborted) {
      await adapter.cancel(spec, asked === undefined || performance.now() - asked < graceMs ? 'ask' : 'force')
      asked ??= performance.now()
    }
    onLook((performance.now() - began) / 1000)
    await Promise.race([over, pause(lookEveryMs)])
  }
}

/** Those of the shell in which it is called: the command is run as it always is. */
const ownVariables = (): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(process.env).filter(
      (entry): entry is [string, string] =>
        entry[1] !== undefined && entry[0] !== '' && !entry[0].startsWith('GRIDWRAP_'),
    ),
  )
