import type { ErrorCode } from './error-table.ts'
import { newId } from './ids.ts'

/** What is wrong with one input of a program. */
export interface InputProblem {
  readonly input: string
  readonly value?: string
  readonly rule: string
  readonly accepted?: readonly string[]
}

/** What an error carries besides its sentence; which fields belong to which fault is said by wsdl/job.xsd. */
export interface ErrorDetail {
  readonly problem?: readonly InputProblem[]
  /** A JobStatus as factory/job-status.ts makes it. */
  readonly status?: object
  readonly cause?: string
  readonly stderrTail?: string
  readonly why?: 'never' | 'ended'
  readonly action?: string
  readonly identity?: string
  readonly kind?: string
  readonly expires?: Date
  readonly retryAfterSeconds?: number
  readonly incident?: string
  /** What came of the parts of a request, where several failed. */
  readonly causes?: readonly GridwrapError[]
  /** Members of OGSI's own fault element, besides those that every one has. */
  readonly ogsi?: object
}

interface ErrorOptions {
  /** The way out, in one sentence. */
  readonly hint?: string
  readonly detail?: ErrorDetail
  readonly cause?: unknown
}

/** An error that may be told to the caller: its message names the value, the rule and the way out, and nothing internal. */
export class GridwrapError extends Error {
  override readonly name = 'GridwrapError'
  readonly code: ErrorCode
  readonly hint: string | undefined
  readonly detail: ErrorDetail

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause })
    this.code = code
    this.hint = options.hint
    this.detail = options.detail ?? {}
  }
}

/**
 * The single funnel from whatever was thrown to what may be told. An unknown error becomes `internal` with a fresh
 * incident id; its own text stays in `cause`, for the log.
 */
export function toFault(thrown: unknown): GridwrapError {
  if (thrown instanceof GridwrapError) return thrown
  // A full disk passes, and is nobody's mistake.
  if (/^(ENOSPC|EDQUOT)$/.test((thrown as NodeJS.ErrnoException | undefined)?.code ?? ''))
    return new GridwrapError('busy', 'There is no room on the disk of this container.', {
      hint: 'Try again later, or tell the administrator of the container.',
      detail: { retryAfterSeconds: 60 },
      cause: thrown,
    })
  const incident = newId()
  return new GridwrapError('internal', `An internal error stopped this call (incident ${incident}).`, {
    hint: `Tell the administrator of the container the incident id ${incident}.`,
    detail: { incident },
    cause: thrown,
  })
}
