import type { Application, ExitMeaning } from './model.ts'
import { within } from './ranges.ts'

export type Cause = 'input' | 'program' | 'site'

export type Verdict =
  | { readonly outcome: 'done' }
  | { readonly outcome: 'failed'; readonly reason: string; readonly cause: Cause }

/** How a run ended and what was seen of it. */
export interface Ending {
  readonly exit: { readonly exitCode?: number; readonly signal?: string; readonly notStarted?: string }
  /** Names of the outputs that are there, values included. */
  readonly present: readonly string[]
  readonly watched: {
    /** Indices in `application.watch` of the successes that appeared. */
    readonly success: readonly number[]
    readonly error: { readonly message: string; readonly cause: Cause | undefined } | undefined
  }
}

/** What the signals that end programs mean to the one who reads the reason. */
const signals: Readonly<Record<string, string>> = {
  SIGABRT: 'it stopped itself after an internal error',
  SIGBUS: 'it used memory wrongly',
  SIGFPE: 'an arithmetic error, such as a division by zero',
  SIGILL: 'an instruction that this processor does not have',
  SIGKILL: 'it was killed, often for using too much memory',
  SIGPIPE: 'nobody read what it wrote',
  SIGSEGV: 'it used memory that is not its own',
  SIGTERM: 'it was asked to end',
  SIGXCPU: 'it used up its processor time',
  SIGXFSZ: 'a file grew beyond the limit',
}

/**
 * Whether a run is done or failed, in a sentence for the scientist whose run it was, and whose mistake it is. What the
 * program said of its error comes before how it ended, that before what it left out.
 */
export function judge(application: Application, ending: Ending): Verdict {
  const { exit, present, watched } = ending
  if (exit.notStarted !== undefined) return failed(`The program could not be started: ${exit.notStarted}`, 'site')
  const meaning = meaningOf(application.exit, exit)
  const howItEnded = describeExit(exit, meaning)
  if (watched.error !== undefined) {
    // What the exit means is said by the program's own words already.
    const how = howItEnded === undefined ? '' : ` (${describeExit(exit, undefined) ?? howItEnded})`
    return failed(
      `The program reported an error: ${watched.error.message.replace(/\.$/, '')}${how}`,
      watched.error.cause ?? meaning?.cause ?? 'program',
    )
  }
  if (howItEnded !== undefined) return failed(`The program failed: ${howItEnded}`, meaning?.cause ?? 'program')
  const silent = application.watch.findIndex((watch, i) => watch.verb === 'success' && !watched.success.includes(i))
  const awaited = application.watch[silent]
  if (awaited !== undefined)
    return failed(
      `The program ended without its sign of success: nothing like ${awaited.match} in ${awaited.in}`,
      'program',
    )
  const missing = application.outputs.find(output => !output.optional && !present.includes(output.name))
  return missing === undefined ? { outcome: 'done' } : failed(describeMissing(missing), 'program')
}

const failed = (reason: string, cause: Cause): Verdict => ({
  outcome: 'failed',
  reason: /[.!?]$/.test(reason) ? reason : `${reason}.`,
  cause,
})

const meaningOf = (exits: readonly ExitMeaning[], exit: Ending['exit']): ExitMeaning | undefined =>
  exits.find(({ code, signal }) =>
    exit.signal !== undefined
      ? signal === exit.signal
      : exit.exitCode !== undefined && code !== undefined && within(exit.exitCode, code),
  )

/** How a failed program ended; undefined when it ended well. */
function describeExit(exit: Ending['exit'], meaning: ExitMeaning | undefined): string | undefined {
  const { exitCode, signal } = exit
  if (meaning?.means === 'done' || (exitCode === 0 && signal === undefined && meaning === undefined)) return undefined
  const how =
    signal === undefined
      ? exitCode === undefined
        ? 'how it ended is not known'
        : `exit code ${exitCode}`
      : `signal ${signal}`
  if (meaning !== undefined) return `${meaning.means} (${how})`
  const known = signal !== undefined && Object.hasOwn(signals, signal) ? signals[signal] : undefined
  return known === undefined ? how : `${how}: ${known}`
}

function describeMissing({ name, source }: Application['outputs'][number]): string {
  switch (source.kind) {
    case 'file':
      return `The program ended, but its output ${name} (${source.name}) is missing`
    case 'directory':
      return `The program ended, but its output ${name} (the directory ${source.name}) is missing or empty`
    case 'files':
      return `The program ended, but its output ${name} is missing: there is no file like ${source.pattern}`
    case 'stream':
      return `The program ended, but its output ${name} (${source.stream}) is missing`
    case 'value':
      return `The program ended, but its output ${name} is missing: no ${source.type} in ${source.from} like ${source.match}`
  }
}
