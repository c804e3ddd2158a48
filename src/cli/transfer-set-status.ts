import { readFile } from 'node:fs/promises'
import { formatDuration, formatSize } from '../core/quantities.ts'
import { isLocked } from '../transfer/lock-file.ts'
import type { SetFolder } from '../transfer/set/set-folder.ts'
import type { SetState } from '../transfer/set/set-state.ts'
import { print } from './terminal.ts'

interface Counts {
  readonly files: number
  readonly done: number
  readonly failed: number
  readonly bytes: number
}

/** How a set stands; one that nobody works on was interrupted. */
export async function look(
  folder: SetFolder,
  follow: () => Promise<SetState> = () => folder.state(),
): Promise<{ readonly said: string; readonly counts: Counts; readonly state: SetState }> {
  const isWorked = await isLocked(folder.lock)
  const state = await follow()
  const count = (what: string): number => state.files.filter(file => file.state === what).length
  const done = state.files.reduce((sum, { size }) => sum + (size ?? 0), 0)
  const bytes = done + (isWorked ? await movingBytes(folder, state) : 0)
  const counts = { files: state.files.length, done: count('done'), failed: count('failed'), bytes }
  const said =
    state.state === 'ended'
      ? counts.done === counts.files
        ? 'done'
        : 'failed'
      : state.state === 'cancelled'
        ? 'cancelled'
        : isWorked
          ? state.state === 'paused'
            ? 'paused'
            : 'moving'
          : 'interrupted'
  return { said, counts, state }
}

/** Of the files that move, as their process told last. */
async function movingBytes(folder: SetFolder, { files }: SetState): Promise<number> {
  try {
    const told = JSON.parse(await readFile(folder.progress, 'utf8')) as readonly (readonly [number, number])[]
    return told.reduce((sum, [file, bytes]) => sum + (files[file]?.state === 'moving' ? bytes : 0), 0)
  } catch {
    return 0
  }
}

/** Tells how a set stands: for people, or as one document with every file. */
export async function show(folder: SetFolder, json: boolean): Promise<Awaited<ReturnType<typeof look>>> {
  const found = await look(folder)
  const { said, counts, state } = found
  const { label } = await folder.order()
  if (json) {
    const files = state.files.map(({ pair, state: its, size, problem }) => ({ ...pair, state: its, size, problem }))
    print(
      JSON.stringify({ transfer: folder.id, label, state: said, ...counts, why: state.why, files, log: folder.log }),
    )
    return found
  }
  const seconds = state.begun === undefined || state.last === undefined ? 0 : (state.last - state.begun) / 1000
  const rate = seconds > 0 ? `, ${formatSize(Math.round(counts.bytes / seconds))}/s` : ''
  print(
    `${folder.id}${label === '' ? '' : ` (${label})`}: ${said}, ${counts.done} of ${counts.files} files, ${formatSize(counts.bytes)} in ${formatDuration(seconds)}${rate}`,
  )
  if (said === 'interrupted') print(`  Nobody works on it: gridwrap transfer resume ${folder.id}`)
  if (said === 'paused' && state.why !== undefined) print(`  ${state.why}`)
  const troubled = state.files.filter(({ problem, state: its }) => problem !== undefined && its !== 'done')
  for (const { pair, state: its, problem } of troubled.slice(0, mostTold))
    print(
      `  ${its === 'failed' ? 'failed ' : said === 'cancelled' ? 'left   ' : 'waiting'}  ${pair.source}: ${problem}`,
    )
  if (troubled.length > mostTold)
    print(`  … and ${troubled.length - mostTold} more: gridwrap transfer log ${folder.id}`)
  return found
}

const mostTold = 10
