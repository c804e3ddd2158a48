import { GridwrapError } from '../../../core/errors.ts'
import type { Evaluation } from '../../../holder/session-protocol.ts'

const tailCharacters = 2000

/** The fault for code by which the interpreter ended. */
export const endedUnderCall = ({ output, messages, seconds, interrupted }: Evaluation): GridwrapError => {
  const said = (messages === '' ? output : messages).slice(-tailCharacters)
  const why =
    interrupted === true
      ? `The code was interrupted after ${seconds.toFixed(0)} s; the interpreter ended by that, and the session with it.`
      : 'The interpreter ended while it was called, and the session with it.'
  return new GridwrapError('job-failed', why, {
    hint: 'Open another session; what this one saved can be had with checkpoint.',
    detail: said === '' ? {} : { stderrTail: said },
  })
}
