import { copyFile, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { importObserved } from '../../application/importers/observed/import-observed.ts'
import { formatSize } from '../../core/quantities.ts'
import { writeImported } from '../import/write-imported.ts'
import { makeFolder } from '../make-folder.ts'
import { ProgressLine } from '../progress-line.ts'
import { quoted, say, UsageError } from '../terminal.ts'
import { observeRun } from './observe-run.ts'

const tailBytes = 2000
/** What is larger makes no test for others to run. */
const largestKept = 20e6

/** Runs a command once under observation, and writes what is proposed, with the files that belong to it. */
export async function wrapCommand(
  command: readonly string[],
  flags: {
    readonly out?: string
    readonly force?: boolean
    readonly json?: boolean
    readonly stdin?: string
    readonly name?: string
  },
): Promise<void> {
  const stop = new AbortController()
  process.once('SIGINT', () => stop.abort())
  const stdin = flags.stdin === undefined ? undefined : await existing(flags.stdin)
  const { observation, exitCode, signal } = await watched(command, stdin, stop.signal)
  if (stop.signal.aborted) throw new UsageError('It was stopped from the keyboard; nothing is proposed.')
  const { draft, beside } = importObserved(observation)
  const how = exitCode === undefined ? `was ended by ${signal ?? 'a signal'}` : `ended with exit code ${exitCode}`
  if (exitCode !== 0) {
    say(`It ${how}: what it did until then is proposed; its test fails as it stands.`)
    if (observation.stderr !== '') say(quoted(observation.stderr.slice(-tailBytes)))
  }
  const named = flags.name === undefined ? draft : { ...draft, name: flags.name }
  const notes =
    flags.out === undefined && beside.size > 0
      ? [`${[...beside.keys()].join(', ')} belong beside it; --out DIR puts them there.`]
      : []
  await writeImported(
    [command.join(' ')],
    { ...flags, environment: {} },
    async () => ({ ...named, notes: [...named.notes, ...notes] }),
    (_, folder) => putBeside(folder, beside),
  )
}

async function watched(
  command: readonly string[],
  stdin: string | undefined,
  stop: AbortSignal,
): ReturnType<typeof observeRun> {
  using line = new ProgressLine()
  return await observeRun(command, stdin, { stop, onLook: seconds => line.show(`running, ${seconds.toFixed(0)} s`) })
}

async function existing(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined)
  if (found?.isFile() !== true) throw new UsageError(`${path} is no file; give what the command reads.`)
  return resolve(path)
}

async function putBeside(folder: string, files: ReadonlyMap<string, string>): Promise<void> {
  for (const [name, path] of files) {
    const { size } = await stat(path)
    if (size > largestKept) {
      say(`  Note: ${path} (${formatSize(size)}) was not copied; make a smaller ${name} for the test.`)
      continue
    }
    const target = join(folder, name)
    await makeFolder(dirname(target))
    if (resolve(target) !== path) await copyFile(path, target)
  }
}
