import type { Sqlite } from '../database.ts'
import { statement } from '../statements.ts'

export interface LeaseHolder {
  readonly host: string
  readonly bootId: string
  readonly pid: number
  /** Field 22 of /proc/PID/stat: tells a reused pid apart. */
  readonly processStart: string
}

/**
 * Takes a lease if nobody holds it, or if its holder is the one the caller saw dead. Not by time: a jumping clock must
 * not give one host two keepers. Returns who holds it now.
 */
export function acquireLease(
  db: Sqlite,
  l: { name: string; holder: LeaseHolder; dead: LeaseHolder | null },
): LeaseHolder {
  const row = statement(
    db,
    'SELECT host, boot_id AS bootId, pid, process_start AS processStart FROM lease WHERE name = ?',
  ).get(l.name) as LeaseHolder | undefined
  const sawDead =
    row !== undefined &&
    l.dead !== null &&
    row.pid === l.dead.pid &&
    row.processStart === l.dead.processStart &&
    row.bootId === l.dead.bootId
  if (row !== undefined && !sawDead) return row
  statement(
    db,
    `INSERT INTO lease (name, host, boot_id, pid, process_start) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (name) DO UPDATE SET host = excluded.host, boot_id = excluded.boot_id, pid = excluded.pid, process_start = excluded.process_start`,
  ).run(l.name, l.holder.host, l.holder.bootId, l.holder.pid, l.holder.processStart)
  return l.holder
}
