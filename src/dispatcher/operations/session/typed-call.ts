import type { SessionOperation } from '../../../application/model.ts'
import { qname } from '../../../core/qname.ts'
import { applicationNamespace } from '../../../wsdl/names.ts'
import type { InstanceTarget, Operation } from '../../call.ts'
import { judgedInputs } from '../../judged-inputs.ts'

/** What a described operation is called, and what authorization judges of it: all its inputs. */
export const typedCall = (
  operation: SessionOperation,
): Omit<Operation<InstanceTarget, Readonly<Record<string, unknown>>>, 'handle'> => ({
  name: qname(applicationNamespace(operation.application.name), operation.name),
  action: 'instance.control',
  judged: async ({ parameters }) => ({
    inputs: judgedInputs(operation.application, parameters, { partial: false }),
    options: {},
    more: false,
  }),
})
