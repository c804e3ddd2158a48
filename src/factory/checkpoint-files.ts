import { checkpointPath } from '../files/instance-directory.ts'
import type { Handles } from '../ogsi/handle.ts'
import type { CheckpointRow, InstanceRow } from '../store/rows.ts'

/** A checkpoint that was made, as a FileOut of wsdl/job.xsd. */
export const checkpointFile = (
  row: InstanceRow,
  { number, size, sha256 }: CheckpointRow,
  handles: Handles,
): object => ({
  name: `${row.application}-checkpoint-${number}.tar`,
  size: BigInt(size ?? 0),
  ...(sha256 === null ? {} : { sha256 }),
  mediaType: 'application/x-tar',
  url: [`${handles.instance(row.id)}/files/${checkpointPath(number)}`],
})
