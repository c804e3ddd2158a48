import type { InstanceStore } from '../../../store/instance-store.ts'
import { jobOperations } from '../../../wsdl/names.ts'
import type { InstanceTarget, Operation } from '../../call.ts'
import type { InstanceReader } from '../../instance-reader.ts'
import { desireOperation } from './desire.ts'

/** start: lets an instance that createService made into the queue, or lets it wait for the files it was promised. */
export const start = (
  instances: InstanceStore,
  reader: InstanceReader,
  changed: () => void,
): Operation<InstanceTarget> =>
  desireOperation(
    {
      name: jobOperations.start,
      want: 'run',
      from: ['Unsubmitted'],
      already: ['StageIn', 'Pending', 'Active'],
      hint: 'A job runs once. Create another instance to run the program again.',
    },
    instances,
    reader,
    changed,
  )
