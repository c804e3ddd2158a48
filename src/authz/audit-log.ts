import { closeSync, openSync, readdirSync, renameSync, rmSync, statSync, writeSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { wallClock } from '../core/clock.ts'
import type { ProblemLog } from '../core/log.ts'

export interface AuditTerms {
  readonly file: string
  /** From this size on the file is put aside. */
  readonly rotateBytes: number
  readonly keepSeconds: number
}

/**
 * Who did what, and what became of it: a file of JSON lines that only ever grows. Each line is one write, by the path and
 * not by a handle that was opened once: so every process of a container may write, and a file that is put aside, by
 * `rotate` or by logrotate, loses none. What was written survives the end of the process, however it ends.
 */
export class AuditLog {
  readonly #terms: AuditTerms
  readonly #log: ProblemLog
  #failing = false

  constructor(terms: AuditTerms, log: ProblemLog) {
    this.#terms = terms
    this.#log = log
  }

  /** Adds a line. One that cannot be written is said in the log: a container must be able to cancel jobs on a full disk. */
  append(entry: Readonly<Record<string, unknown>>): void {
    try {
      const line = `${JSON.stringify({ at: new Date(wallClock()).toISOString(), ...entry })}\n`
      const file = openSync(this.#terms.file, 'a', 0o600)
      try {
        writeSync(file, line)
      } finally {
        closeSync(file)
      }
      this.#failing = false
    } catch (error) {
      if (!this.#failing)
        this.#log.error({ err: error, file: this.#terms.file, entry }, 'the audit log cannot be written')
      this.#failing = true
    }
  }

  /** Puts the file aside when it is large, and takes away what is older than is kept. One process does this. */
  rotate(): void {
    const { file, rotateBytes, keepSeconds } = this.#terms
    const stamp = new Date(wallClock()).toISOString().replace(/[:.]/g, '-')
    try {
      if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) >= rotateBytes) renameSync(file, `${file}.${stamp}`)
      const folder = dirname(file)
      const front = `${basename(file)}.`
      const aside = readdirSync(folder).filter(
        name => name.startsWith(front) && /^\d{4}-\d\d-\d\dT[\d-]+Z$/.test(name.slice(front.length)),
      )
      for (const name of aside) {
        const path = join(folder, name)
        if (statSync(path).mtimeMs < Date.now() - keepSeconds * 1000) rmSync(path)
      }
    } catch (error) {
      this.#log.error({ err: error, file }, 'the audit log cannot be put aside')
    }
  }
}
