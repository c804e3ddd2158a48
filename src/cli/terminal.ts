import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { DescriptionError, formatProblem } from '../application/description-error.ts'
import { Unreachable } from '../core/connection-error.ts'
import { GridwrapError } from '../core/errors.ts'
import { printable } from '../core/printable.ts'

/** What commands exit with; README.md and `gridwrap --help` say the same. */
export const exitCodes = {
  done: 0,
  /** The program ran and failed, or was cancelled; of several files some could not be moved. */
  jobFailed: 1,
  /** The command line, a description or a configuration is wrong. */
  usage: 2,
  /** No credential, one that is not valid, or a denial. */
  denied: 3,
  /** There is no such service, instance or file. */
  notFound: 4,
  /** The container cannot be reached, is busy, or the job goes on. */
  temporary: 5,
  internal: 70,
  /** Ctrl-C; a job that was made goes on. */
  interrupted: 130,
} as const

/** A mistake on the command line. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** Prints a result: for people as text, with --json as one JSON document. A pipe gets it as it is, a terminal what it can show. */
export function print(text: string): void {
  const shown = process.stdout.isTTY ? printable(text) : text
  process.stdout.write(shown.endsWith('\n') ? shown : `${shown}\n`)
}

/** Says what is being done; on standard error, so that results can be piped. */
export const say = (text: string): void => void process.stderr.write(`${printable(text)}\n`)

/** Tells an error and gives the exit code for it; with --json also as a document, for programs. */
export function reportError(error: unknown): number {
  const code = tell(error)
  if (process.argv.includes('--json')) print(JSON.stringify({ error: described(error, code) }))
  return code
}

function described(error: unknown, exitCode: number): object {
  const message = error instanceof Error ? error.message : String(error)
  if (error instanceof DescriptionError) return { code: 'description', message, problems: error.problems, exitCode }
  if (!(error instanceof GridwrapError)) return { code: 'failed', message, exitCode }
  const { code, hint, detail } = error
  return { code, message, hint, problems: detail.problem, exitCode }
}

function tell(error: unknown): number {
  if (error instanceof DescriptionError) {
    for (const problem of error.problems) say(formatProblem(problem))
    return exitCodes.usage
  }
  if (error instanceof GridwrapError) {
    reportOwn(error)
    return 'exitCode' in error && typeof error.exitCode === 'number' ? error.exitCode : codeOf(error)
  }
  if (error instanceof Unreachable) {
    say(`gridwrap: ${error.message}`)
    say('Is "gridwrap serve" running there? GRIDWRAP_URL says where services are that are given by name only.')
    return exitCodes.temporary
  }
  if (!(error instanceof Error)) {
    say(`gridwrap: ${String(error)}`)
    return exitCodes.internal
  }
  // Told by what they have: to load their classes would be to load readers of SOAP and of configurations.
  if ('bySender' in error) {
    say(`gridwrap: ${error.message}`)
    return error.bySender === true ? exitCodes.usage : exitCodes.jobFailed
  }
  const file = fileProblem(error)
  // A configuration's errors are told by their name: to load their class would be to load the reader of configurations.
  if (file !== undefined || error instanceof UsageError || error.name === 'ConfigurationError') {
    say(`gridwrap: ${file ?? error.message}`)
    return exitCodes.usage
  }
  say(`gridwrap: ${process.env['GRIDWRAP_DEBUG'] === undefined ? error.message : (error.stack ?? error.message)}`)
  return exitCodes.internal
}

function reportOwn(error: GridwrapError): void {
  const problems = error.detail.problem ?? []
  // The message of a container tells the first problem; here all of them follow.
  say(`gridwrap: ${problems.length === 0 ? error.message : 'the inputs are not as they must be:'}`)
  for (const problem of problems) {
    const value = problem.value === undefined ? '' : ` = ${JSON.stringify(problem.value)}`
    const accepted = problem.accepted === undefined ? '' : ` (accepted: ${problem.accepted.join(', ')})`
    say(`  ${problem.input}${value}: ${problem.rule}${accepted}`)
  }
  if (error.detail.stderrTail !== undefined) say(quoted(error.detail.stderrTail))
  const hint = wayOut(error)
  if (hint !== undefined) say(hint)
  if (hint !== undefined && /make a proxy\.$/i.test(hint))
    say('gridwrap proxy init makes one; X509_USER_PROXY says where it is.')
}

/** The hint of an error in the words of this command line: services speak to SOAP clients. */
function wayOut({ code, hint }: GridwrapError): string | undefined {
  if (code === 'not-ready' && hint?.includes('waitFor') === true)
    return 'gridwrap wait JOB waits for its end; gridwrap output JOB shows what it has written so far.'
  return hint ?? (code === 'credential-problem' ? 'Make a proxy.' : undefined)
}

/** What a program wrote, set off from what gridwrap says. */
export const quoted = (text: string): string => text.trimEnd().replace(/^/gm, '  | ')

const fileReasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space is left',
  EDQUOT: 'the disk quota is used up',
  ENOTDIR: 'a part of the path is no folder',
  EISDIR: 'it is a folder',
}

/** A file of the caller's that cannot be read or written. */
function fileProblem(error: NodeJS.ErrnoException): string | undefined {
  const reason = error.code === undefined ? undefined : fileReasons[error.code]
  if (reason === undefined || error.path === undefined) return undefined
  return `${error.path}: ${error.syscall === 'open' && error.code === 'ENOENT' && !existsSync(dirname(error.path)) ? 'there is no such folder' : reason}.`
}

function codeOf({ code }: GridwrapError): number {
  switch (code) {
    case 'job-failed':
    case 'job-refused-input':
      return exitCodes.jobFailed
    case 'denied':
    case 'credential-problem':
      return exitCodes.denied
    case 'not-found':
      return exitCodes.notFound
    case 'still-running':
    case 'busy':
    case 'not-ready':
      return exitCodes.temporary
    case 'internal':
      return exitCodes.internal
    default:
      return exitCodes.usage
  }
}
