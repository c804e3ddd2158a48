import type { InstalledApplications } from '../application/installed-applications.ts'
import type { Application } from '../application/model.ts'
import type { AccountMap } from '../authz/account-map.ts'
import type { Action } from '../authz/actions.ts'
import type { AddressPolicy } from '../core/address-policy.ts'
import { clark, type QName } from '../core/qname.ts'
import type { CredentialSupply } from '../delegation/credential-supply.ts'
import type { DelegationService } from '../delegation/delegation-service.ts'
import type { InstanceWaits } from '../events/instance-waits.ts'
import type { InstanceFactory } from '../factory/instance-factory.ts'
import type { InstanceStarter } from '../factory/instance-starter.ts'
import type { OfferedServices } from '../factory/offered-services.ts'
import type { SessionCalls } from '../factory/session-calls.ts'
import type { HostedService } from '../hosting/register-service.ts'
import type { HostedStore } from '../store/hosted-store.ts'
import { jobOperations, ogsiOperations } from '../wsdl/names.ts'
import type {
  DelegationTarget,
  GridServiceTarget,
  HostedTarget,
  InstanceTarget,
  ObjectTarget,
  Operation,
  ServiceTarget,
  Target,
} from './call.ts'
import { describeDelegation } from './operations/delegation/describe-delegation.ts'
import { destroyDelegation } from './operations/delegation/destroy-delegation.ts'
import { getNewProxyReq } from './operations/delegation/get-new-proxy-req.ts'
import { getProxyReq } from './operations/delegation/get-proxy-req.ts'
import { getTerminationTime } from './operations/delegation/get-termination-time.ts'
import { putProxy } from './operations/delegation/put-proxy.ts'
import { renewProxyReq } from './operations/delegation/renew-proxy-req.ts'
import { createService } from './operations/factory/create-service.ts'
import { listInstances } from './operations/factory/list-instances.ts'
import { run } from './operations/factory/run.ts'
import { submit } from './operations/factory/submit.ts'
import { destroy } from './operations/gridservice/destroy.ts'
import { findServiceData } from './operations/gridservice/find-service-data.ts'
import { requestTerminationAfter, requestTerminationBefore } from './operations/gridservice/request-termination.ts'
import { setServiceData } from './operations/gridservice/set-service-data.ts'
import { callObject } from './operations/hosted/call-object.ts'
import { createObject, createObjectByOgsi } from './operations/hosted/create-object.ts'
import { cancel } from './operations/job/cancel.ts'
import { checkpoint } from './operations/job/checkpoint.ts'
import { extend } from './operations/job/extend.ts'
import { getOutput } from './operations/job/get-output.ts'
import { getResults } from './operations/job/get-results.ts'
import { getState } from './operations/job/get-state.ts'
import { getStatus } from './operations/job/get-status.ts'
import { restore } from './operations/job/restore.ts'
import { resume } from './operations/job/resume.ts'
import { share } from './operations/job/share.ts'
import { start } from './operations/job/start.ts'
import { suspend } from './operations/job/suspend.ts'
import { unshare } from './operations/job/unshare.ts'
import { waitFor } from './operations/job/wait-for.ts'
import { subscribe } from './operations/notification/subscribe.ts'
import { addEntry } from './operations/registry/add.ts'
import { removeEntries } from './operations/registry/remove.ts'
import { type FindTarget, findByHandle } from './operations/resolver/find-by-handle.ts'
import { callOperation } from './operations/session/call-operation.ts'
import { callRoutine } from './operations/session/call-routine.ts'
import { evaluate } from './operations/session/evaluate.ts'
import { interrupt } from './operations/session/interrupt.ts'
import type { Permits } from './registry/registry.ts'
import type { ServiceDataParts } from './service-data/describe.ts'

// A table of all operations, so a long file: each has its import and its line.

/** What operations are made of. Each takes only what it needs. */
export interface OperationParts extends ServiceDataParts {
  readonly applications: InstalledApplications
  readonly services: OfferedServices
  readonly factory: InstanceFactory
  readonly accounts: AccountMap | undefined
  readonly starter: InstanceStarter
  readonly sessions: SessionCalls
  readonly waits: InstanceWaits
  readonly find: FindTarget
  readonly permits: Permits
  /** Where messages are brought. */
  readonly sinks: AddressPolicy
  readonly delegation: DelegationService
  readonly supply: CredentialSupply
  readonly hostedStore: HostedStore
  /** How long an object lasts whose creator does not say. */
  readonly keepSeconds: number
  /** Of gridwrap. */
  readonly version: string
}

type Table = ReadonlyMap<string, Operation>

/** The operations of services and of instances, by request element. The typed ones are made once for each application. */
export class OperationTable {
  readonly #parts: OperationParts
  /** By description: instances of one name may be of several. */
  readonly #ofServices = new WeakMap<Application, Table>()
  readonly #ofInstances = new WeakMap<Application, Table>()
  readonly #hosted = new Map<string, Table>()
  readonly #others: Readonly<Record<'delegation' | 'resolver' | 'registry' | 'entry' | 'subscription', Table>>

  constructor(parts: OperationParts) {
    this.#parts = parts
    const { reader, registry, gridServices, permits, keepSecondsAtMost } = parts
    this.#others = {
      delegation: index(delegationOperations(parts)),
      resolver: index([
        ...gridServiceOperations(actionsOn.container, parts),
        findByHandle(reader.handles, parts.find, parts),
      ]),
      registry: index([
        ...gridServiceOperations(actionsOn.container, parts),
        addEntry(gridServices, reader.handles, keepSecondsAtMost),
        removeEntries(registry, gridServices, permits),
        subscribe(actionsOn.container.read, parts.subscriptions, parts.sinks, parts),
      ]),
      entry: index(gridServiceOperations(actionsOn.entry, parts)),
      subscription: index(gridServiceOperations(actionsOn.instance, parts)),
    }
  }

  /** The operation that the Body's child names at this target; undefined when there is none. */
  find(target: Target, name: QName): Operation | undefined {
    return this.#tableOf(target).get(clark(name))
  }

  /** The request elements that this target takes. */
  names(target: Target): readonly QName[] {
    return [...this.#tableOf(target).values()].map(operation => operation.name)
  }

  #tableOf(target: Target): Table {
    if (target.kind === 'hosted' || target.kind === 'object') return this.#ofHosted(target)
    if (target.kind !== 'service' && target.kind !== 'instance') return this.#others[target.kind]
    const application = target.kind === 'service' ? target.service.application : target.application
    const tables = target.kind === 'service' ? this.#ofServices : this.#ofInstances
    let table = tables.get(application)
    if (table === undefined) {
      table =
        target.kind === 'service'
          ? index(serviceOperations(application, this.#parts))
          : index(instanceOperations(application, this.#parts))
      tables.set(application, table)
    }
    return table
  }

  #ofHosted({ kind, service }: HostedTarget | ObjectTarget): Table {
    const key = `${kind} ${service.name}`
    let table = this.#hosted.get(key)
    if (table === undefined) {
      const isFactory = kind === 'hosted' && service.instances === 'many'
      table = index(
        isFactory ? objectFactoryOperations(service, this.#parts) : objectOperations(service, kind, this.#parts),
      )
      this.#hosted.set(key, table)
    }
    return table
  }
}

/** As which actions the operations that every Grid service has are decided. */
interface GridServiceActions {
  readonly read: Action
  readonly change: Action
  readonly lifetime: Action
  readonly destroy: Action
}

/** What no call can change or end is read at most: the refusal says so to whoever may see it. */
const only = (read: Action): GridServiceActions => ({ read, change: read, lifetime: read, destroy: read })

const actionsOn = {
  service: only('service.read'),
  hosted: { ...only('service.read'), change: 'service.call' },
  container: only('registry.read'),
  entry: {
    read: 'registry.read',
    change: 'instance.control',
    lifetime: 'instance.lifetime',
    destroy: 'instance.destroy',
  },
  instance: {
    read: 'instance.read',
    change: 'instance.control',
    lifetime: 'instance.lifetime',
    destroy: 'instance.destroy',
  },
} as const satisfies Record<string, GridServiceActions>

/** The operations of OGSI's GridService (OGSI 1.0 section 9.2). */
const gridServiceOperations = (
  actions: GridServiceActions,
  parts: ServiceDataParts,
): readonly Operation<GridServiceTarget, never>[] => [
  findServiceData(actions.read, parts),
  setServiceData(actions.change, parts),
  requestTerminationAfter(actions.lifetime, parts),
  requestTerminationBefore(actions.lifetime, parts),
  destroy(ogsiOperations.destroy, actions.destroy, parts),
]

function serviceOperations(
  { name: application, session, library }: Application,
  parts: OperationParts,
): readonly Operation<ServiceTarget, never>[] {
  const { reader, waits } = parts
  return [
    ...(session === undefined && library === undefined ? [run(application, parts, reader, waits)] : []),
    submit(application, parts, reader),
    listInstances(application, reader),
    createService(application, parts, reader),
    ...gridServiceOperations(actionsOn.service, parts),
  ]
}

function instanceOperations(
  described: Application,
  parts: OperationParts,
): readonly Operation<InstanceTarget, never>[] {
  const { instances, starter, reader, sessions, waits, changed } = parts
  const { name: application, checkpoint: saved, session } = described
  return [
    getResults(application, reader),
    getStatus(reader),
    waitFor(reader, waits),
    getOutput(reader, waits),
    start(application, starter, reader),
    suspend(instances, reader, changed),
    resume(instances, reader, changed),
    cancel(instances, reader, changed),
    ...(saved === undefined ? [] : stateOperations(application, parts)),
    ...(session === undefined ? [] : [evaluate(sessions), interrupt(sessions, reader)]),
    ...typedCalls(described, parts),
    extend(parts, reader),
    share(instances),
    unshare(instances),
    destroy(jobOperations.destroy, actionsOn.instance.destroy, parts),
    subscribe(actionsOn.instance.read, parts.subscriptions, parts.sinks, parts),
    ...gridServiceOperations(actionsOn.instance, parts),
  ]
}

/** What a job has whose program can save its state. */
const stateOperations = (
  application: string,
  { instances, starter, reader, waits, changed }: OperationParts,
): readonly Operation<InstanceTarget, never>[] => [
  checkpoint(instances, reader, waits, changed),
  getState(instances, reader),
  restore(application, starter, reader),
]

/** The typed calls of a session or a library. */
const typedCalls = (
  { operations = [] }: Application,
  { sessions, reader }: OperationParts,
): readonly Operation<InstanceTarget, never>[] =>
  operations.map(one =>
    one.routine === undefined ? callOperation(one, sessions, reader) : callRoutine(one, one.routine, sessions),
  )

function objectFactoryOperations(
  service: HostedService,
  parts: OperationParts,
): readonly Operation<HostedTarget, never>[] {
  const creating = { ...parts, objects: parts.hostedStore, handles: parts.reader.handles }
  return [
    createObject(service, creating),
    createObjectByOgsi(service, creating),
    ...gridServiceOperations(actionsOn.service, parts),
  ]
}

function objectOperations(
  service: HostedService,
  kind: 'hosted' | 'object',
  parts: OperationParts,
): readonly Operation<HostedTarget | ObjectTarget, never>[] {
  const calling = { ...parts, handles: parts.reader.handles }
  return [
    ...service.portTypes.flatMap(one => Object.keys(one.operations)).map(name => callObject(service, name, calling)),
    ...gridServiceOperations(kind === 'object' ? actionsOn.instance : actionsOn.hosted, parts),
  ]
}

const delegationOperations = ({
  delegation,
  version,
}: OperationParts): readonly Operation<DelegationTarget, never>[] => [
  getProxyReq(delegation),
  getNewProxyReq(delegation),
  renewProxyReq(delegation),
  putProxy(delegation),
  getTerminationTime(delegation),
  destroyDelegation(delegation),
  ...describeDelegation(version),
]

/** Handlers know their own target and parameters; that they get no others is what routing and decoding see to. */
function index<T extends Target>(operations: readonly Operation<T, never>[]): Table {
  return new Map(operations.map(operation => [clark(operation.name), operation as unknown as Operation]))
}
