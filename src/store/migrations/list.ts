import type { Migration } from 'kysely/migration'
import { initial } from './001-initial.ts'

/** Every migration, in order. A migration that was released is never edited. */
export const migrations: Record<string, Migration> = { '001-initial': initial }
