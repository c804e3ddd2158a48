import { checkpointInput } from '../../../application/checkpoint-input.ts'
import type { InstanceStarter } from '../../../factory/instance-starter.ts'
import { jobOperations } from '../../../wsdl/names.ts'
import type { InstanceTarget, Operation } from '../../call.ts'
import type { InstanceReader } from '../../instance-reader.ts'
import { start } from './start.ts'

/** restore: start, with the checkpoint from which the program goes on. */
export const restore = (
  application: string,
  starter: InstanceStarter,
  reader: InstanceReader,
): Operation<InstanceTarget, { readonly [checkpointInput]: unknown }> => ({
  ...start(application, starter, reader),
  name: jobOperations.restore,
})
