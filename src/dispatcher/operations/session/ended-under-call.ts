import { GridwrapError } from '../../../core/errors.ts'
import type { Evaluation } from '../../../holder/session-protocol.ts'

const tailCharacters = 2000

/** The fault for code by which the interpreter ended. */
export const endedUnderCall = ({ output, messages }: Evaluation): GridwrapError => {
  const said = (messages === '' ? output : messages).slice(-tailCharacters)
  return new GridwrapError('job-failed', 'The interpreter ended while it was called, and the session with it.', {
    hint: 'Open another session; what this one saved can be had with checkpoint.',
    detail: said === '' ? {} : { stderrTail: said },
  })
}
