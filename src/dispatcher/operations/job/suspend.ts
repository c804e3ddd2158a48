import type { InstanceStore } from '../../../store/instance-store.ts'
import { jobOperations } from '../../../wsdl/names.ts'
import type { InstanceTarget, Operation } from '../../call.ts'
import type { InstanceReader } from '../../instance-reader.ts'
import { desireOperation } from './desire.ts'

/** suspend: stops a running program where it is; it keeps its memory. Asked for before a resume came about, it takes that wish back. */
export const suspend = (
  instances: InstanceStore,
  reader: InstanceReader,
  changed: () => void,
): Operation<InstanceTarget> =>
  desireOperation(
    {
      name: jobOperations.suspend,
      want: 'suspend',
      from: ['Active', 'Suspended'],
      already: [],
      hint: 'Only a running program can be suspended.',
    },
    instances,
    reader,
    changed,
  )
