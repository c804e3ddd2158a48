import { GridwrapError } from '../../core/errors.ts'
import type { Operation, Target } from '../../dispatcher/call.ts'
import { invalidInput } from '../../dispatcher/operations/factory/submission.ts'
import type { Contract } from '../../wsdl/contract-model.ts'
import { decodeElement } from '../../wsdl/decoder.ts'
import { applicationNamespace } from '../../wsdl/names.ts'
import type { XmlElement } from '../../xml/tree.ts'

/** Operations whose parameters are not the program's inputs. */
const takeNone: ReadonlySet<string> = new Set(['listInstances', 'getResults'])

/** Stage 7: the Body's child → typed parameters, leniently where real clients err. All problems are told at once. */
export function decode(operation: Operation, target: Target, contract: Contract, body: XmlElement): unknown {
  const { value, problems } = decodeElement(contract, body)
  const [first] = problems
  if (first === undefined) return value
  const application = applicationOf(target)
  const { namespace, local } = operation.name
  if (application !== undefined && namespace === applicationNamespace(application) && !takeNone.has(local))
    throw invalidInput(application, problems)
  throw new GridwrapError(
    'invalid-message',
    `${local}: ${first.input}${first.value === undefined ? '' : ` = ${JSON.stringify(first.value)}`}: ${first.rule}.`,
    {
      detail: { problem: problems },
    },
  )
}

function applicationOf(target: Target): string | undefined {
  if (target.kind === 'service') return target.service.application.name
  return target.kind === 'instance' ? target.application.name : undefined
}
