import type { JournalEntry } from './journal.ts'
import type { Pair } from './list-file.ts'

/** Where a file of a set stands. */
export interface FileState {
  readonly pair: Pair
  state: 'waiting' | 'moving' | 'done' | 'failed'
  /** Whether an attempt began that nobody saw the end of: it may be there. */
  doubtful: boolean
  size: number | undefined
  problem: string | undefined
}

/** Where a set stands, by its journal. */
export interface SetState {
  readonly files: readonly FileState[]
  /** `open`: neither cancelled nor at its end. */
  state: 'open' | 'paused' | 'cancelled' | 'ended'
  why: string | undefined
  /** Milliseconds since the epoch, of the first and the last entry. */
  begun: number | undefined
  last: number | undefined
}

/** A set of which nothing has happened. */
export function newState(pairs: readonly Pair[]): SetState {
  const files = pairs.map<FileState>(pair => ({
    ...{ pair, state: 'waiting', doubtful: false, size: undefined, problem: undefined },
  }))
  return { files, state: 'open', why: undefined, begun: undefined, last: undefined }
}

/** Changes a state by what happened since, as the journal says it. */
export function advance(set: SetState, journal: readonly JournalEntry[]): void {
  const { files } = set
  for (const entry of journal) {
    set.begun ??= entry.at
    set.last = entry.at
    if (!('file' in entry)) {
      set.state = entry.what === 'begun' ? 'open' : entry.what
      set.why = entry.why
      // What failed is tried again by a new beginning; what was under way is in doubt.
      if (entry.what === 'begun')
        for (const file of files) if (file.state !== 'done') Object.assign(file, { state: 'waiting' })
      continue
    }
    const file = files[entry.file]
    if (file === undefined || file.state === 'done') continue
    apply(file, entry)
  }
}

function apply(file: FileState, entry: Extract<JournalEntry, { readonly file: number }>): void {
  switch (entry.what) {
    case 'file-begun':
      file.state = 'moving'
      file.doubtful = true
      return
    case 'file-done':
      file.state = 'done'
      file.size = entry.size
      file.problem = undefined
      return
    case 'file-again':
      file.state = 'waiting'
      file.problem = entry.problem
      return
    case 'file-failed':
      file.state = 'failed'
      file.problem = entry.problem
  }
}
