import { join } from 'node:path'
import type { Session } from '../application/model.ts'
import type { SessionConfig } from './session-config.ts'

/** Longer timers go off at once (Node's setTimeout). */
const longestTimer = 2 ** 31 - 1
const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
const holderOf = (kind: 'session' | 'library'): string => join(import.meta.dirname, `${kind}-holder.${extension}`)

/** The words that run an interpreter in a holder. `restored`: it begins with what an earlier session saved. */
export function withHolder(session: Session, argv: readonly string[], restored: boolean): readonly string[] {
  const config: SessionConfig = {
    argv,
    send: session.send,
    save: session.save,
    state: session.state,
    error: session.error,
    load: restored ? session.load : undefined,
    idleMs: session.idle === undefined ? undefined : Math.min(session.idle * 1000, longestTimer),
  }
  return [process.execPath, holderOf('session'), JSON.stringify(config)]
}

/** The words that hold a shared library for its callers. */
export const libraryWords = (library: string): readonly string[] => [process.execPath, holderOf('library'), library]

/** The interpreter's own words, or the name of the library, without those of the holder. */
export function withoutHolder(argv: readonly string[]): readonly string[] {
  const [, file = '', config = ''] = argv
  // Whatever container started it: where that was installed may have changed.
  const [, kind] = argv.length === 3 ? (/\/holder\/(session|library)-holder\.[jt]s$/.exec(file) ?? []) : []
  if (kind === undefined) return argv
  return kind === 'library' ? [config] : (JSON.parse(config) as SessionConfig).argv
}
