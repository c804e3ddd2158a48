import { closeSync, openSync, readdirSync, renameSync, rmSync, statSync, writeSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { monotonic, wallClock } from '../core/clock.ts'
import type { ProblemLog } from '../core/log.ts'

export interface AuditTerms {
  readonly file: string
  /** From this size on the file is put aside. */
  readonly rotateBytes: number
  readonly keepSeconds: number
  /** Of what was put aside: beyond it the oldest goes. */
  readonly mostBytes: number
}

interface Repeated {
  readonly since: number
  count: number
  readonly entry: Readonly<Record<string, unknown>>
}

const repeatMs = 60_000
const mostRepeats = 10_000

/**
 * Who did what, and what became of it: a file of JSON lines that only ever grows. Each line is one write, by the path and
 * not by a handle that was opened once: so every process of a container may write, and a file that is put aside, by
 * `rotate` or by logrotate, loses none. What was written survives the end of the process, however it ends.
 */
export class AuditLog implements Disposable {
  readonly #terms: AuditTerms
  readonly #log: ProblemLog
  readonly #repeats = new Map<string, Repeated>()
  readonly #timer: NodeJS.Timeout
  #torn = false

  constructor(terms: AuditTerms, log: ProblemLog) {
    this.#terms = terms
    this.#log = log
    this.#timer = setInterval(() => this.#tellRepeats(repeatMs), repeatMs / 6).unref()
  }

  /**
   * Adds a line. One that cannot be written goes to the log of the process instead, and the call goes on: on a full disk
   * people must still be able to cancel their jobs.
   */
  append(entry: Readonly<Record<string, unknown>>): void {
    // What was torn must not tear the next one, too.
    const start = this.#torn ? '\n' : ''
    const line = Buffer.from(`${start}${JSON.stringify({ at: new Date(wallClock()).toISOString(), ...entry })}\n`)
    try {
      const file = openSync(this.#terms.file, 'a', 0o600)
      try {
        const written = writeSync(file, line)
        this.#torn = written !== line.length
        if (this.#torn) throw new Error(`Only ${written} of ${line.length} bytes could be written.`)
      } finally {
        closeSync(file)
      }
    } catch (error) {
      this.#log.error({ err: error, file: this.#terms.file, entry }, 'a line of the audit log could not be written')
    }
  }

  /**
   * The same for what strangers can bring about as often as they like: what has the same key is told once, and what comes
   * of it within a minute as one line with its number (`repeated`). Whether it was told.
   */
  appendSeldom(key: string, entry: Readonly<Record<string, unknown>>): boolean {
    const known = this.#repeats.get(key)
    if (known !== undefined) {
      known.count++
      return false
    }
    if (this.#repeats.size >= mostRepeats) this.#tellRepeats()
    this.#repeats.set(key, { since: monotonic(), count: 0, entry })
    this.append(entry)
    return true
  }

  /** What was repeated is told, however few they were. */
  [Symbol.dispose](): void {
    clearInterval(this.#timer)
    this.#tellRepeats()
  }

  #tellRepeats(olderThanMs = 0): void {
    const now = monotonic()
    for (const [key, { since, count, entry }] of this.#repeats) {
      if (now - since < olderThanMs) continue
      this.#repeats.delete(key)
      if (count > 0) this.append({ ...entry, repeated: count })
    }
  }

  /** Puts the file aside when it is large, and takes away what is older, or more, than is kept. One process does this. */
  rotate(): void {
    const { file, rotateBytes } = this.#terms
    const stamp = new Date(wallClock()).toISOString().replace(/[:.]/g, '-')
    try {
      if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) >= rotateBytes) renameSync(file, `${file}.${stamp}`)
      this.#dropOld()
    } catch (error) {
      this.#log.error({ err: error, file }, 'the audit log cannot be put aside')
    }
  }

  #dropOld(): void {
    const { file, keepSeconds, mostBytes } = this.#terms
    const front = `${basename(file)}.`
    const aside = readdirSync(dirname(file))
      .filter(name => name.startsWith(front) && /^\d{4}-\d\d-\d\dT[\d-]+Z$/.test(name.slice(front.length)))
      .sort()
      .reverse()
    let total = 0
    for (const name of aside) {
      const path = join(dirname(file), name)
      const { mtimeMs, size } = statSync(path)
      total += size
      if (mtimeMs < Date.now() - keepSeconds * 1000 || total > mostBytes) rmSync(path)
    }
  }
}
