import type { Statement } from 'better-sqlite3'
import type { Sqlite } from './database.ts'

const caches = new WeakMap<Sqlite, Map<string, Statement>>()

/** A prepared statement, made once for each connection and text. */
export function statement(database: Sqlite, text: string): Statement {
  const cache = caches.get(database) ?? new Map<string, Statement>()
  caches.set(database, cache)
  const prepared = cache.get(text) ?? database.prepare(text)
  cache.set(text, prepared)
  return prepared
}
