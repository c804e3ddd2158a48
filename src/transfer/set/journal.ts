import { type FileHandle, open } from 'node:fs/promises'

/** What happened to a file of a set (its number, from 0), or to all of it. */
export type JournalEntry = { readonly at: number } & (
  | { readonly what: 'begun' | 'paused' | 'cancelled' | 'ended'; readonly why?: string }
  | { readonly what: 'file-begun'; readonly file: number }
  | {
      readonly what: 'file-done'
      readonly file: number
      readonly size: number
      readonly ms: number
      /** `algorithm:value`, `size`, `there already`. */
      readonly verified: string
    }
  | {
      readonly what: 'file-again' | 'file-failed'
      readonly file: number
      readonly problem: string
      /** Until it is tried again. */
      readonly inMs?: number
    }
)

/**
 * The truth about a set: one JSON line for each thing that happened, never changed. What is not at its end on disk has not
 * happened, and is done again.
 */
export class Journal implements AsyncDisposable {
  readonly #handle: FileHandle
  #writing: Promise<void> = Promise.resolve()

  private constructor(handle: FileHandle) {
    this.#handle = handle
  }

  static async open(path: string): Promise<Journal> {
    const handle = await open(path, 'a+', 0o600)
    const { size } = await handle.stat()
    // A line that a crash cut off gets its end, so that the next one is its own.
    const last = Buffer.alloc(1)
    if (size > 0 && (await handle.read(last, 0, 1, size - 1)).bytesRead === 1 && last[0] !== 10)
      await handle.write('\n')
    return new Journal(handle)
  }

  /** Adds an entry; on disk when it resolves. */
  add(entry: JournalEntry): Promise<void> {
    const line = `${JSON.stringify(entry)}\n`
    this.#writing = this.#writing.then(async () => {
      await this.#handle.write(line)
      await this.#handle.datasync()
    })
    return this.#writing
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writing.catch(() => undefined)
    await this.#handle.close()
  }
}

const readBytes = 1_048_576

/** Reads a journal while it grows: each time only what has come since. */
export class JournalReader {
  readonly #path: string
  #at = 0
  /** Of a line whose end has not come. */
  #held = Buffer.alloc(0)

  constructor(path: string) {
    this.#path = path
  }

  /** The entries that came; none while there is no journal. Lines that a crash cut off are left out. */
  async next(): Promise<readonly JournalEntry[]> {
    const entries: JournalEntry[] = []
    const handle = await open(this.#path, 'r').catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error
      return undefined
    })
    if (handle === undefined) return entries
    await using file = handle
    const buffer = Buffer.allocUnsafe(readBytes)
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length, this.#at)
      if (bytesRead === 0) break
      this.#at += bytesRead
      const bytes = Buffer.concat([this.#held, buffer.subarray(0, bytesRead)])
      const end = bytes.lastIndexOf(10) + 1
      this.#held = bytes.subarray(end)
      for (const line of bytes.subarray(0, end).toString('utf8').split('\n')) entries.push(...read(line))
    }
    // A line is whole before its end is.
    const last = read(this.#held.toString('utf8'))
    if (last.length > 0) this.#held = Buffer.alloc(0)
    return [...entries, ...last]
  }
}

function read(line: string): readonly JournalEntry[] {
  try {
    const entry = JSON.parse(line) as Partial<JournalEntry> | null
    return typeof entry?.what === 'string' && typeof entry.at === 'number' ? [entry as JournalEntry] : []
  } catch {
    return []
  }
}
