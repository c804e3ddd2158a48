import { join } from 'node:path'
import type { Session } from '../application/model.ts'
import type { SessionConfig } from './session-config.ts'

const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
const holder = join(import.meta.dirname, `session-holder.${extension}`)

/** The words that run an interpreter in a holder. `restored`: it begins with what an earlier session saved. */
export function withHolder(session: Session, argv: readonly string[], restored: boolean): readonly string[] {
  const config: SessionConfig = {
    argv,
    send: session.send,
    save: session.save,
    load: restored ? session.load : undefined,
    idleMs: session.idle === undefined ? undefined : session.idle * 1000,
  }
  return [process.execPath, holder, JSON.stringify(config)]
}

/** The interpreter's own words, without those of its holder. */
export function withoutHolder(argv: readonly string[]): readonly string[] {
  const [, file = '', config = ''] = argv
  // Whatever container started it: where that was installed may have changed.
  return argv.length === 3 && /\/holder\/session-holder\.[jt]s$/.test(file)
    ? (JSON.parse(config) as SessionConfig).argv
    : argv
}
