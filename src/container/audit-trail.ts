import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import type { AuditLog } from '../authz/audit-log.ts'
import type { ProblemLog } from '../core/log.ts'
import { EventCursor } from '../events/event-cursor.ts'
import type { EventStore } from '../store/event-store.ts'
import type { InstanceStore } from '../store/instance-store.ts'
import type { EventRow } from '../store/rows.ts'

const rotateEveryMs = 60_000
/**
 * Writes every change of state into the audit log, in the order of the event log. How far it came is kept in a file: what
 * happened while no container ran is told at its next start, and after a crash the last few may be told twice (each has
 * the number of its event).
 */
export class AuditTrail implements AsyncDisposable {
  readonly #audit: AuditLog
  readonly #instances: InstanceStore
  readonly #position: string
  readonly #log: ProblemLog
  readonly #cursor: EventCursor
  readonly #timer: NodeJS.Timeout
  #writing: Promise<void> = Promise.resolve()

  constructor(audit: AuditLog, events: EventStore, instances: InstanceStore, position: string, log: ProblemLog) {
    this.#audit = audit
    this.#instances = instances
    this.#position = position
    this.#log = log
    // A container that was there before it had an audit log begins with now.
    const seen = this.#readPosition() ?? events.newest()
    this.#told(seen)
    audit.rotate()
    this.#timer = setInterval(() => audit.rotate(), rotateEveryMs)
    this.#cursor = new EventCursor(
      events,
      rows => {
        this.#writing = this.#writing.then(() => this.#tell(rows))
      },
      seen,
    )
  }

  /** Never throws: the keeper does not end because its deeds cannot be written down. */
  async #tell(rows: readonly EventRow[]): Promise<void> {
    for (const { seq, instance, at, kind, data } of rows) {
      const told = JSON.parse(data) as { readonly state?: unknown }
      // How far a program, or a file that moves, is changes no state; either may be told each second.
      if (kind === 'progress' || (kind === 'transfer' && told.state === 'moving')) continue
      let whose: { readonly application: string; readonly owner: string } | undefined
      try {
        whose = instance === '' ? undefined : await this.#instances.whose(instance)
      } catch (error) {
        this.#log.error(
          { err: error, event: seq },
          'the audit log tells of a change without saying whose instance it is',
        )
      }
      this.#audit.append({
        ...told,
        what: kind,
        event: seq,
        happened: new Date(at).toISOString(),
        ...(instance === '' ? {} : { instance }),
        ...(whose === undefined ? {} : { service: whose.application, owner: whose.owner }),
      })
    }
    const last = rows.at(-1)
    if (last !== undefined) this.#told(last.seq)
  }

  /** In one step: half a number would be another one. What cannot be written is told again after a restart. */
  #told(seq: number): void {
    try {
      writeFileSync(`${this.#position}.new`, `${seq}\n`, { mode: 0o600 })
      renameSync(`${this.#position}.new`, this.#position)
    } catch (error) {
      this.#log.error({ err: error, file: this.#position }, 'how far the audit log came cannot be written down')
    }
  }

  #readPosition(): number | undefined {
    let text: string
    try {
      text = readFileSync(this.#position, 'utf8').trim()
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
        this.#log.error(
          { err: error, file: this.#position },
          'how far the audit log came is not known; it goes on from now',
        )
      return undefined
    }
    if (/^\d{1,15}$/.test(text)) return Number(text)
    this.#log.error({ file: this.#position }, 'how far the audit log came is not known; it goes on from now')
    return undefined
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer)
    this.#cursor[Symbol.dispose]()
    await this.#writing
  }
}
