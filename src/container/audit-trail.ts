import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import type { AuditLog } from '../authz/audit-log.ts'
import { EventCursor } from '../events/event-cursor.ts'
import type { EventStore } from '../store/event-store.ts'
import type { InstanceStore } from '../store/instance-store.ts'
import type { EventRow } from '../store/rows.ts'

const rotateEveryMs = 60_000
/** Told by the decision that led to it, or only noise. */
const untold: ReadonlySet<string> = new Set(['progress'])

/**
 * Writes every change of state into the audit log, in the order of the event log. How far it came is kept in a file: what
 * happened while no container ran is told at its next start, and after a crash the last few may be told twice (each has
 * the number of its event).
 */
export class AuditTrail implements AsyncDisposable {
  readonly #audit: AuditLog
  readonly #instances: InstanceStore
  readonly #position: string
  readonly #cursor: EventCursor
  readonly #timer: NodeJS.Timeout
  #writing: Promise<void> = Promise.resolve()

  constructor(audit: AuditLog, events: EventStore, instances: InstanceStore, position: string) {
    this.#audit = audit
    this.#instances = instances
    this.#position = position
    // A container that was there before it had an audit log begins with now.
    const seen = readPosition(position) ?? events.newest()
    writePosition(position, seen)
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

  async #tell(rows: readonly EventRow[]): Promise<void> {
    for (const { seq, instance, at, kind, data } of rows) {
      if (untold.has(kind)) continue
      const row = instance === '' ? undefined : await this.#instances.get(instance)
      this.#audit.append({
        what: kind,
        event: seq,
        happened: new Date(at).toISOString(),
        ...(row === undefined ? {} : { instance, service: row.application, owner: row.owner }),
        ...(JSON.parse(data) as object),
      })
    }
    const last = rows.at(-1)
    if (last !== undefined) writePosition(this.#position, last.seq)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer)
    this.#cursor[Symbol.dispose]()
    await this.#writing
  }
}

/** In one step: half a number would be another one. */
function writePosition(file: string, seq: number): void {
  writeFileSync(`${file}.new`, `${seq}\n`, { mode: 0o600 })
  renameSync(`${file}.new`, file)
}

function readPosition(file: string): number | undefined {
  try {
    const text = readFileSync(file, 'utf8').trim()
    return /^\d{1,15}$/.test(text) ? Number(text) : undefined
  } catch {
    return undefined
  }
}
