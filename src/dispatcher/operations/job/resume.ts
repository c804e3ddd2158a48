import type { InstanceStore } from '../../../store/instance-store.ts'
import { jobOperations } from '../../../wsdl/names.ts'
import type { InstanceTarget, Operation } from '../../call.ts'
import type { InstanceReader } from '../../instance-reader.ts'
import { desireOperation } from './desire.ts'

/** resume: lets a suspended program go on, and tries deliveries again that failed. Asked for before the suspension came about, it takes that wish back. */
export const resume = (
  instances: InstanceStore,
  reader: InstanceReader,
  changed: () => void,
): Operation<InstanceTarget> =>
  desireOperation(
    {
      name: jobOperations.resume,
      want: 'run',
      from: ['Suspended', 'Active', 'StageOut'],
      already: [],
      hint: 'Only a suspended program can be resumed, and a delivery that failed.',
    },
    instances,
    reader,
    changed,
  )
