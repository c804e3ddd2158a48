import type { Sqlite } from './database.ts'
import type { InstanceRow, InstanceState } from './rows.ts'
import { statement } from './statements.ts'

/** Who is looking: an owner key and the principals that shares may name, or an administrator, who sees everything. */
export interface Viewer {
  readonly principals: readonly string[]
  readonly administrator: boolean
}

export interface ListQuery {
  readonly viewer: Viewer
  readonly application: string | undefined
  readonly states: readonly InstanceState[]
  readonly label: string | undefined
  readonly since: number | undefined
  /** The last row of the page before: (created, id). */
  readonly cursor: { readonly created: number; readonly id: string } | undefined
  readonly most: number
}

/**
 * What a viewer may see, newest first, tombstones left out. One query for each way of being visible, because each has an
 * index in this order, and all of them in one would read the whole table; then merged.
 */
export function listInstances(db: Sqlite, query: ListQuery): readonly InstanceRow[] {
  const { principals, administrator } = query.viewer
  const asked = { ...parametersOf(query), principals: JSON.stringify(principals) }
  if (administrator) return select(db, query, 'true', asked)
  // Groups and roles own nothing.
  const owners = principals.filter(principal => !principal.startsWith('fqan:'))
  const own = owners.flatMap(owner => select(db, query, 'owner = @owner', { ...asked, owner }))
  const shared = select(
    db,
    query,
    'id IN (SELECT instance FROM share WHERE principal IN (SELECT value FROM json_each(@principals)))',
    asked,
  )
  const found = new Map([...own, ...shared].map(row => [row.id, row]))
  return [...found.values()].sort(newestFirst).slice(0, query.most)
}

function select(
  db: Sqlite,
  query: ListQuery,
  visible: string,
  parameters: Readonly<Record<string, unknown>>,
): readonly InstanceRow[] {
  const conditions = [
    'destroyed IS NULL',
    visible,
    ...(query.application === undefined ? [] : ['application = @application']),
    ...(query.states.length === 0 ? [] : ['state IN (SELECT value FROM json_each(@states))']),
    ...(query.label === undefined ? [] : ['label = @label']),
    ...(query.since === undefined ? [] : ['created >= @since']),
    ...(query.cursor === undefined ? [] : ['(created, id) < (@created, @id)']),
  ]
  return statement(
    db,
    `SELECT ${columns} FROM instance WHERE ${conditions.join(' AND ')} ORDER BY created DESC, id DESC LIMIT @most`,
  ).all(parameters) as InstanceRow[]
}

/** Without what may be large and no list shows: the inputs, and the manifest of the results. */
const columns = `id, application, digest, owner, account, label, request_id, request_digest, state, want, wanted_by, version, NULL AS inputs, options,
  created, queued, started, ended, terminate_after, terminate_before, keep_seconds, lifetime_set, percent, progress, warnings,
  exit_code, signal, reason, cause, attempts, NULL AS results, verdict, stored_bytes, destroyed, cleaned, stays, used`

const parametersOf = ({ application, states, label, since, cursor, most }: ListQuery): Record<string, unknown> => ({
  application,
  states: JSON.stringify(states),
  label,
  since,
  ...cursor,
  most,
})

/** The order of the queries: text is compared by its bytes. */
const newestFirst = (a: InstanceRow, b: InstanceRow): number =>
  b.created - a.created || (a.id < b.id ? 1 : a.id > b.id ? -1 : 0)
