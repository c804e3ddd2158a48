import { GridwrapError } from '../../../core/errors.ts'
import type { InstanceRow } from '../../../store/rows.ts'
import type { InstanceReader } from '../../instance-reader.ts'

const tailBytes = 4096

/** The fault for a run that did not end well: a program that refused its input is the caller's, one that broke is ours. */
export async function jobFailed(row: InstanceRow, reader: InstanceReader): Promise<GridwrapError> {
  const status = await reader.status(row)
  const stderrTail = await reader.files.tail(row, 'stderr', tailBytes)
  const what = row.state === 'Canceled' ? 'was canceled' : 'failed'
  return new GridwrapError(
    row.cause === 'input' ? 'job-refused-input' : 'job-failed',
    `The job ${what}: ${row.reason ?? 'no reason is known'}`,
    {
      hint: `Its files are kept at ${status.job.handle}/files/ until ${status.expires?.toISOString() ?? 'it is destroyed'}.`,
      detail: { status, cause: row.cause ?? 'program', ...(stderrTail === undefined ? {} : { stderrTail }) },
    },
  )
}
