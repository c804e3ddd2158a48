import { readFileSync } from 'node:fs'
import Database from 'better-sqlite3'
import { Kysely, SqliteDialect } from 'kysely'
import { Migrator } from 'kysely/migration'
import { migrations } from './migrations/list.ts'

export type Sqlite = Database.Database

/** SQLite's own patience with a lock, while a database is opened or the log of a killed process is recovered. */
const openingPatienceMs = 10_000

/**
 * Opens the container's database. WAL with `synchronous=FULL`: a commit that was answered survives the power going.
 * Writers have no busy timeout: SQLite's own waiting sleeps in the calling thread and starves the others; they retry.
 * Readers wait only for a recovery, which is short.
 */
export function openDatabase(file: string, options: { readonly: boolean }): Sqlite {
  const database = new Database(file, {
    readonly: options.readonly,
    fileMustExist: options.readonly,
    timeout: openingPatienceMs,
  })
  database.pragma('foreign_keys = ON')
  if (!options.readonly) {
    database.pragma('journal_mode = WAL')
    database.pragma('synchronous = FULL')
    database.pragma('busy_timeout = 0')
  }
  return database
}

/** Brings the schema up to date. Run once, by the process that starts the others. */
export async function migrate(file: string): Promise<void> {
  refuseNetworkFileSystem(file)
  const database = new Database(file, { timeout: openingPatienceMs })
  database.pragma('journal_mode = WAL')
  const kysely = new Kysely<unknown>({ dialect: new SqliteDialect({ database }) })
  try {
    const { error } = await new Migrator({
      db: kysely,
      provider: { getMigrations: async () => migrations },
    }).migrateToLatest()
    if (error !== undefined) throw new Error(`The schema of ${file} cannot be brought up to date.`, { cause: error })
  } finally {
    await kysely.destroy()
  }
}

/** WAL needs shared memory, which network file systems do not give: two hosts would each see their own log. */
function refuseNetworkFileSystem(file: string): void {
  let best = { point: '', type: '' }
  for (const line of readFileSync('/proc/self/mounts', 'utf8').split('\n')) {
    const [, point = '', type = ''] = line.split(' ')
    const inside = point === '/' || file === point || file.startsWith(`${point}/`)
    if (inside && point.length >= best.point.length) best = { point, type }
  }
  if (/^(nfs|cifs|smb|9p|fuse\.sshfs|lustre|gpfs|ceph)/.test(best.type)) {
    throw new Error(
      `${file} lies on ${best.type} (${best.point}); SQLite needs a local disk. Set "data:" to a local folder.`,
    )
  }
}
