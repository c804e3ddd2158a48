import type { Viewer } from '../store/instance-store.ts'
import { type EventRow, type InstanceRow, type InstanceState, instanceStates } from '../store/rows.ts'
import { owns } from './sharing.ts'

/** An Event of wsdl/job.xsd. Absent is absent. */
export interface JobEvent {
  readonly sequence: bigint
  readonly at: Date
  readonly kind: string
  readonly state?: InstanceState
  readonly percent?: number
  readonly message?: string
}

/** With whom a job is shared is its owner's alone to know. */
const forOwners: ReadonlySet<string> = new Set(['shared', 'unshared'])

/** What a viewer is told of events of an instance: not who did it, nor what the container notes beside it. */
export function jobEvents(
  events: readonly EventRow[],
  row: Pick<InstanceRow, 'owner'>,
  viewer: Viewer,
): readonly JobEvent[] {
  const all = owns(viewer, row)
  return events.filter(({ kind }) => all || !forOwners.has(kind)).map(jobEvent)
}

function jobEvent({ seq, at, kind, data }: EventRow): JobEvent {
  const { state, percent, message } = JSON.parse(data) as {
    readonly state?: unknown
    readonly percent?: unknown
    readonly message?: unknown
  }
  const known = instanceStates.find(one => one === state)
  return {
    sequence: BigInt(seq),
    at: new Date(at),
    kind,
    ...(known === undefined ? {} : { state: known }),
    ...(typeof percent === 'number' ? { percent } : {}),
    ...(typeof message === 'string' ? { message } : {}),
  }
}
