import type { FilePattern } from '../files/file-search.ts'

/** What a holder is told of the interpreter that it holds: one JSON text, its only argument. */
export interface SessionConfig {
  /** The interpreter's own words. */
  readonly argv: readonly string[]
  /** What is written to it for each evaluation: `{cell}` is the file with the code, `{marker}` what it is to print at the end. */
  readonly send: string
  /** Code that saves what the session has reached; undefined: nothing of it is kept. */
  readonly save: string | undefined
  /** The files that it saves into. */
  readonly state: readonly FilePattern[]
  /** The line of what was printed by which code has failed. */
  readonly error: string | undefined
  /** Code with which this session begins: it loads what an earlier one saved. */
  readonly load: string | undefined
  /** Milliseconds without a call after which it saves and ends. */
  readonly idleMs: number | undefined
}

/** The code of a holder that has saved its session and ended, until it is called again (sysexits.h, EX_TEMPFAIL). */
export const asleepCode = 75
/** The code of a holder whose interpreter would not be interrupted. */
export const unresponsiveCode = 70
/** The code of a holder whose interpreter could not load what was saved. */
export const notLoadedCode = 66

/** Names in the working directory. None that begins with a dot is an output. */
export const sessionFolder = '.session'
export const socketName = 'socket'
export const cellName = 'cell'
