import type { Handles } from '../ogsi/handle.ts'
import type { InstanceStore } from '../store/instance-store.ts'
import type { InstanceRow, InstanceState, TransferRow, UploadRow } from '../store/rows.ts'
import { type JobUsage, jobUsage } from './job-usage.ts'

/** A JobRef of wsdl/job.xsd. */
export interface JobRef {
  readonly id: string
  readonly address: string
  readonly handle: string
  readonly page: string
  readonly upload?: readonly { readonly input: string; readonly name: string; readonly url: string }[]
}

/** A JobStatus of wsdl/job.xsd. Absent is absent: nothing is nil. */
export interface JobStatus {
  readonly job: JobRef
  readonly application: string
  readonly state: InstanceState
  readonly label?: string
  readonly submitted: Date
  readonly started?: Date
  readonly ended?: Date
  readonly expires?: Date
  readonly percent?: number
  readonly progress?: string
  readonly queuePosition?: number
  /** Which attempt it is, from the second on. */
  readonly attempt?: number
  readonly exitCode?: number
  readonly signal?: string
  readonly reason?: string
  readonly cause?: string
  readonly warning?: readonly string[]
  readonly owner?: string
  readonly transfer?: readonly FileTransfer[]
  readonly usage?: JobUsage
}

/** A FileTransfer of wsdl/job.xsd. */
export interface FileTransfer {
  readonly direction: 'in' | 'out'
  readonly name: string
  readonly url: string
  readonly state: TransferRow['state']
  readonly bytes?: bigint
  readonly size?: bigint
  readonly sha256?: string
  readonly problem?: string
}

const date = (milliseconds: number | null): Date | undefined =>
  milliseconds === null ? undefined : new Date(milliseconds)

/** Leaves out what has no value. */
const present = <T extends object>(fields: { [K in keyof T]: T[K] | undefined | null }): T =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== null)) as T

const fileTransfer = ({ direction, name, url, state, bytes, size, sha256, problem }: TransferRow): FileTransfer =>
  present<FileTransfer>({
    ...{ direction, name, url, state, bytes: BigInt(bytes), sha256, problem },
    size: size === null ? undefined : BigInt(size),
  })

/** How an instance is found, and where files that it waits for are to be PUT. */
export function jobRef(row: InstanceRow, handles: Handles, uploads: readonly UploadRow[] = []): JobRef {
  const handle = handles.instance(row.id)
  const missing = uploads.filter(upload => upload.received === null)
  const upload = missing.map(({ input, name }) => ({ input, name, url: `${handle}/files/${encodeURIComponent(name)}` }))
  return { id: row.id, address: handle, handle, page: handle, ...(upload.length > 0 ? { upload } : {}) }
}

/** Reads what is needed beside the row, and says how the instance stands. */
export async function jobStatus(row: InstanceRow, handles: Handles, instances: InstanceStore): Promise<JobStatus> {
  const waitsForFiles = row.state === 'StageIn' || row.state === 'Unsubmitted'
  const transfers = await instances.transfers(row.id)
  const fetched = new Set(transfers.flatMap(({ direction, name }) => (direction === 'in' ? [name] : [])))
  const promised = waitsForFiles ? await instances.uploads(row.id) : []
  const uploads = promised.filter(({ name }) => !fetched.has(name))
  const warnings = JSON.parse(row.warnings) as readonly string[]
  return present<JobStatus>({
    job: jobRef(row, handles, uploads),
    application: row.application,
    state: row.state,
    label: row.label,
    submitted: new Date(row.created),
    started: date(row.started),
    ended: date(row.ended),
    expires: date(row.terminate_before),
    percent: row.percent,
    progress: row.progress,
    queuePosition: row.state === 'Pending' ? await instances.queuePosition(row) : undefined,
    attempt: row.attempts > 1 ? row.attempts : undefined,
    exitCode: row.exit_code,
    signal: row.signal,
    reason: row.reason,
    cause: row.cause,
    warning: warnings.length > 0 ? warnings : undefined,
    owner: row.owner.replace(/^gsi:/, ''),
    transfer: transfers.length > 0 ? transfers.map(fileTransfer) : undefined,
    usage: row.used === null ? undefined : jobUsage(row),
  })
}
