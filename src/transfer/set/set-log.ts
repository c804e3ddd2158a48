import { appendFile } from 'node:fs/promises'
import { formatDuration, formatSize } from '../../core/quantities.ts'
import type { JournalEntry } from './journal.ts'
import type { SetState } from './set-state.ts'

/** A line a person can read for each thing that happened. It is only for reading: the journal says what is so. */
export class SetLog {
  readonly #path: string
  readonly #set: SetState
  #done: number
  #writing: Promise<void> = Promise.resolve()

  constructor(path: string, set: SetState) {
    this.#path = path
    this.#set = set
    this.#done = set.files.filter(({ state }) => state === 'done').length
  }

  tell(entry: JournalEntry): Promise<void> {
    const line = this.#line(entry)
    if (line === undefined) return Promise.resolve()
    const time = new Date(entry.at).toISOString().slice(0, 19).replace('T', ' ')
    // A log that cannot be written is no reason not to move files.
    this.#writing = this.#writing
      .then(() => appendFile(this.#path, `${time}  ${line}\n`, { mode: 0o600 }))
      .catch(() => undefined)
    return this.#writing
  }

  #line(entry: JournalEntry): string | undefined {
    const { files } = this.#set
    const count = files.length
    if (!('file' in entry)) return `${words[entry.what]}${entry.why === undefined ? '' : `: ${entry.why}`}`
    const { pair } = files[entry.file] ?? {}
    const route = pair === undefined ? '' : `${pair.source} -> ${pair.destination}`
    switch (entry.what) {
      case 'file-begun':
        return undefined
      case 'file-done': {
        this.#done++
        const rate = entry.ms > 0 ? ` (${formatSize(Math.round((entry.size / entry.ms) * 1000))}/s)` : ''
        const { size, ms, verified } = entry
        return `done    ${this.#done} of ${count}  ${route}  ${formatSize(size)} in ${formatDuration(ms / 1000)}${rate}, ${verified}`
      }
      case 'file-again':
        return `again   ${route}  ${entry.problem}${again(entry.inMs)}`
      case 'file-failed':
        return `FAILED  ${route}  ${entry.problem}`
    }
  }
}

const again = (inMs: number | undefined): string =>
  inMs === undefined ? '' : inMs < 1000 ? ' Again at once.' : ` Again in ${formatDuration(inMs / 1000)}.`

const words = {
  begun: 'begun',
  paused: 'paused',
  cancelled: 'cancelled',
  ended: 'ended',
} as const
