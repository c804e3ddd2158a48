import { appendFile, readFile, writeFile } from 'node:fs/promises'
import { formatDuration, formatSize } from '../../core/quantities.ts'
import { type JournalEntry, JournalReader } from './journal.ts'
import type { SetState } from './set-state.ts'

/** A line a person can read for each thing that happened. It is only for reading: the journal says what is so. */
export class SetLog {
  readonly #path: string
  readonly #set: SetState
  #done = 0
  #writing: Promise<void> = Promise.resolve()

  constructor(path: string, set: SetState) {
    this.#path = path
    this.#set = set
  }

  /**
   * Begins with what happened in earlier runs, before anything is told of this one: a run that was killed between its
   * journal and its log said less here than is so.
   */
  async catchUp(journal: string): Promise<void> {
    const text = (await new JournalReader(journal).next()).map(entry => this.#text(entry)).join('')
    await this.#write(async () => {
      const there = await readFile(this.#path, 'utf8').catch(() => '')
      if (text.startsWith(there)) await appendFile(this.#path, text.slice(there.length), { mode: 0o600 })
      else await writeFile(this.#path, text, { mode: 0o600 })
    })
  }

  /** Tells of what is in the journal now. */
  tell(entry: JournalEntry): Promise<void> {
    const text = this.#text(entry)
    return text === '' ? Promise.resolve() : this.#write(() => appendFile(this.#path, text, { mode: 0o600 }))
  }

  /** A log that cannot be written is no reason not to move files. */
  #write(write: () => Promise<void>): Promise<void> {
    this.#writing = this.#writing.then(write).catch(() => undefined)
    return this.#writing
  }

  #text(entry: JournalEntry): string {
    const line = this.#line(entry)
    const time = new Date(entry.at).toISOString().slice(0, 19).replace('T', ' ')
    return line === undefined ? '' : `${time}  ${line}\n`
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
