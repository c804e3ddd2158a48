import type { Application } from '../../../application/model.ts'
import { describeIdentity } from '../../../core/identity.ts'
import type { SessionCalls } from '../../../factory/session-calls.ts'
import { errorIn } from '../../../holder/session-error.ts'
import { jobOperations } from '../../../wsdl/names.ts'
import type { InstanceTarget, Operation } from '../../call.ts'
import { endedUnderCall } from './ended-under-call.ts'
import { whyBroken } from './why-broken.ts'

interface EvaluateParameters {
  readonly code: string
  readonly timeoutSeconds?: number
}

const mostSeconds = 24 * 3600

/** evaluate: hands code to the interpreter, and answers what it printed. An error of the code is no fault: it is the answer. */
export const evaluate = (calls: SessionCalls): Operation<InstanceTarget, EvaluateParameters> => ({
  name: jobOperations.evaluate,
  action: 'instance.control',
  judged: async ({ parameters: { code } }) => ({ inputs: { code }, options: {}, more: false }),
  handle: async ({ target: { row, application }, parameters, identity, signal }) => {
    const seconds = Math.min(parameters.timeoutSeconds ?? timeoutOf(application), mostSeconds)
    const call = { code: parameters.code, timeout: Math.max(1, seconds) * 1000, files: [], remove: [] }
    const found = await calls.evaluate(row.id, call, describeIdentity(identity), signal)
    if (found.broken === 'ended') throw endedUnderCall(found)
    const error = found.broken === undefined ? errorIn(application.session?.error, found) : whyBroken(found)
    return {
      evaluation: {
        ok: error === undefined,
        output: found.output,
        ...(error === undefined ? {} : { error }),
        ...(found.messages === '' ? {} : { messages: found.messages }),
        seconds: found.seconds,
        ...(found.truncated ? { truncated: true } : {}),
      },
    }
  },
})

const timeoutOf = ({ session }: Application): number => session?.timeout ?? 60
