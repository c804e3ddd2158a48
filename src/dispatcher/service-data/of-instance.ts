import { wallClock } from '../../core/clock.ts'
import { GridwrapError } from '../../core/errors.ts'
import { clark, type QName, qname } from '../../core/qname.ts'
import { storedChoice } from '../../delegation/credential-choice.ts'
import type { CredentialKeep } from '../../delegation/credential-keep.ts'
import { jobUsage } from '../../factory/job-usage.ts'
import type { EventStore } from '../../store/event-store.ts'
import type { InstanceStore, Viewer } from '../../store/instance-store.ts'
import { isTerminal } from '../../store/rows.ts'
import { applicationContract } from '../../wsdl/contract.ts'
import { contractNames } from '../../wsdl/contract-names.ts'
import { JOB, OGSI } from '../../wsdl/names.ts'
import type { InstanceTarget } from '../call.ts'
import type { InstanceReader } from '../instance-reader.ts'
import { jobEvents } from '../job-event.ts'
import { changeLifetime, type LifetimeTerms, lifetimeOf } from '../lifetime.ts'
import { owns, sharingOf } from '../sharing.ts'
import type { Change, GridService, Values } from './grid-service.ts'

export interface InstanceDataParts extends LifetimeTerms {
  readonly reader: InstanceReader
  readonly instances: InstanceStore
  readonly credentials: CredentialKeep
  readonly events: EventStore
}

const job = (local: string): string => clark(qname(JOB, local))

/** What an instance says of itself; to be asked for once, as it is read from one row. */
export function ofInstance(target: InstanceTarget, parts: InstanceDataParts, viewer: Viewer): GridService {
  const { row, application } = target
  const { reader, instances, changed } = parts
  return {
    contract: applicationContract(application),
    portType: contractNames(application.name).job.portType,
    handle: reader.handles.instance(row.id),
    factory: reader.handles.service(row.application),
    lifetime: lifetimeOf(row),
    values: new Map([
      ...jobValues(target, parts, viewer),
      ...stateValues(target, parts),
      [clark(qname(OGSI, 'notifiableServiceDataName')), () => notifiableOf(application)],
      ...ownerValues(target, parts, viewer),
    ]),
    changes: jobChanges(target, instances),
    live: wanted => changeLifetime(row, wanted, parts),
    end: async by => {
      await instances.write('destroyInstance', { id: row.id, now: wallClock(), why: 'asked', by })
      changed()
    },
  }
}

/** To what one can subscribe: what changes while a job lives, and what says which job it is. */
const notifiableOf = ({ checkpoint }: InstanceTarget['application']): readonly QName[] =>
  checkpoint === undefined ? notifiable : [...notifiable, qname(JOB, 'savedState')]

const notifiable = [
  ...['state', 'status', 'progress', 'exit', 'usage', 'file', 'owner', 'submitted', 'started', 'ended'].map(local =>
    qname(JOB, local),
  ),
  ...['label', 'note', 'event', 'sharing'].map(local => qname(JOB, local)),
  ...['gridServiceHandle', 'terminationTime'].map(local => qname(OGSI, local)),
]

function jobValues(
  { row }: InstanceTarget,
  parts: InstanceDataParts,
  viewer: Viewer,
): readonly (readonly [string, Values])[] {
  const { reader, instances, events } = parts
  const date = (time: number | null): readonly Date[] => (time === null ? [] : [new Date(time)])
  return [
    [job('state'), () => [row.state]],
    [job('status'), async () => [await reader.status(row)]],
    [
      job('progress'),
      () =>
        row.percent === null && row.progress === null
          ? []
          : [{ percent: row.percent ?? undefined, message: row.progress ?? undefined }],
    ],
    [job('exit'), () => exitOf(row)],
    [job('usage'), () => [jobUsage(row)]],
    [job('file'), () => (isTerminal(row.state) ? reader.outputFiles(row) : [])],
    [job('owner'), () => [row.owner.replace(/^gsi:/, '')]],
    [job('submitted'), () => [new Date(row.created)]],
    [job('started'), () => date(row.started)],
    [job('ended'), () => date(row.ended)],
    [job('label'), () => (row.label === null ? [] : [row.label])],
    [job('note'), () => instances.notes(row.id)],
    [job('event'), () => jobEvents(events.newestOf(row.id), row, viewer)],
  ]
}

/** Of a job whose program can save its state: what was saved. */
function stateValues(
  { row, application }: InstanceTarget,
  { reader }: InstanceDataParts,
): readonly (readonly [string, Values])[] {
  return application.checkpoint === undefined ? [] : [[job('savedState'), () => reader.checkpoints(row)]]
}

const exitOf = ({ state, exit_code, signal, reason, cause }: InstanceTarget['row']): readonly object[] =>
  isTerminal(state)
    ? [
        {
          exitCode: exit_code ?? undefined,
          signal: signal ?? undefined,
          reason: reason ?? undefined,
          cause: cause ?? undefined,
        },
      ]
    : []

/** What only an owner, or an administrator, is told; to others the elements are there and have no value. */
function ownerValues(
  { row, application }: InstanceTarget,
  { instances, credentials }: InstanceDataParts,
  viewer: Viewer,
): readonly (readonly [string, Values])[] {
  if (!owns(viewer, row)) return []
  return [
    [job('sharing'), async () => [await sharingOf(row.id, instances)]],
    [
      job('credential'),
      async () => {
        if (application.credential === 'none') return []
        const held = await credentials.chosen(row.owner, storedChoice(row.options))
        if (held === undefined) return []
        return [{ identity: row.owner.replace(/^gsi:/, ''), kind: held.kind, expires: new Date(held.expires) }]
      },
    ],
  ]
}

function jobChanges({ row }: InstanceTarget, instances: InstanceStore): ReadonlyMap<string, Change> {
  const label: Change = async ([text], by) => {
    const { done } = await instances.write('labelInstance', {
      ...{ id: row.id, now: wallClock(), by },
      label: (text as string | undefined) ?? null,
    })
    if (!done) throw gone(row.id)
  }
  const note: Change = async (texts, by) => {
    const notes = texts as readonly string[]
    const { done } = await instances.write('addNotes', { id: row.id, notes, now: wallClock(), by })
    if (done === 'gone') throw gone(row.id)
    if (done === 'too-many')
      throw new GridwrapError(
        'cardinality-violation',
        'note: somebody else has written the last one that may be there.',
      )
  }
  return new Map([
    [job('label'), label],
    [job('note'), note],
  ])
}

const gone = (id: string): GridwrapError =>
  new GridwrapError('not-found', `The instance ${id} has ended.`, { detail: { why: 'ended' } })
