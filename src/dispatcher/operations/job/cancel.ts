import type { InstanceStore } from '../../../store/instance-store.ts'
import { jobOperations } from '../../../wsdl/names.ts'
import type { InstanceTarget, Operation } from '../../call.ts'
import type { InstanceReader } from '../../instance-reader.ts'
import { desireOperation } from './desire.ts'

/** cancel: ends the job for certain: SIGTERM, and SIGKILL after a while; gives up what is still to be delivered. Its files stay. */
export const cancel = (
  instances: InstanceStore,
  reader: InstanceReader,
  changed: () => void,
): Operation<InstanceTarget> =>
  desireOperation(
    {
      name: jobOperations.cancel,
      want: 'cancel',
      from: ['Unsubmitted', 'StageIn', 'Pending', 'Active', 'Suspended', 'StageOut'],
      already: ['Canceled'],
      hint: 'The job is over. destroy takes its files away.',
    },
    instances,
    reader,
    changed,
  )
