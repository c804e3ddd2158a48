import type { InstalledApplications } from '../application/installed-applications.ts'
import type { AccountMap } from '../authz/account-map.ts'
import { clark, type QName } from '../core/qname.ts'
import type { CredentialKeep } from '../delegation/credential-keep.ts'
import type { DelegationService } from '../delegation/delegation-service.ts'
import type { InstanceWaits } from '../events/instance-waits.ts'
import type { InstanceFactory } from '../factory/instance-factory.ts'
import type { InstanceStarter } from '../factory/instance-starter.ts'
import type { OfferedServices } from '../factory/offered-services.ts'
import type { InstanceStore } from '../store/instance-store.ts'
import { jobOperations, ogsiOperations } from '../wsdl/names.ts'
import type { DelegationTarget, InstanceTarget, Operation, ServiceTarget, Target } from './call.ts'
import type { InstanceReader } from './instance-reader.ts'
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
import { destroyService } from './operations/gridservice/destroy-service.ts'
import { findServiceData } from './operations/gridservice/find-service-data.ts'
import { requestTerminationAfter } from './operations/gridservice/request-termination-after.ts'
import { requestTerminationBefore } from './operations/gridservice/request-termination-before.ts'
import { setServiceData } from './operations/gridservice/set-service-data.ts'
import { cancel } from './operations/job/cancel.ts'
import { destroy } from './operations/job/destroy.ts'
import { extend } from './operations/job/extend.ts'
import { getOutput } from './operations/job/get-output.ts'
import { getResults } from './operations/job/get-results.ts'
import { getStatus } from './operations/job/get-status.ts'
import { resume } from './operations/job/resume.ts'
import { share } from './operations/job/share.ts'
import { start } from './operations/job/start.ts'
import { suspend } from './operations/job/suspend.ts'
import { unshare } from './operations/job/unshare.ts'
import { waitFor } from './operations/job/wait-for.ts'

/** What operations are made of. Each takes only what it needs. */
export interface OperationParts {
  readonly instances: InstanceStore
  readonly applications: InstalledApplications
  readonly services: OfferedServices
  readonly factory: InstanceFactory
  readonly accounts: AccountMap | undefined
  readonly starter: InstanceStarter
  readonly reader: InstanceReader
  readonly waits: InstanceWaits
  readonly credentials: CredentialKeep
  readonly delegation: DelegationService
  /** Of gridwrap. */
  readonly version: string
  readonly keepSecondsAtMost: number
  /** Hints the keeper that desired state changed. */
  readonly changed: () => void
}

type Table = ReadonlyMap<string, Operation>

/** The operations of services and of instances, by request element. The typed ones are made once for each application. */
export class OperationTable {
  readonly #parts: OperationParts
  readonly #ofServices = new Map<string, Table>()
  readonly #ofInstances = new Map<string, Table>()
  readonly #ofDelegation: Table

  constructor(parts: OperationParts) {
    this.#parts = parts
    this.#ofDelegation = index(delegationOperations(parts))
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
    if (target.kind === 'delegation') return this.#ofDelegation
    const application = target.kind === 'service' ? target.service.application.name : target.application.name
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
}

function serviceOperations(application: string, parts: OperationParts): readonly Operation<ServiceTarget, never>[] {
  const { reader, waits } = parts
  return [
    run(application, parts, reader, waits),
    submit(application, parts, reader),
    listInstances(application, reader),
    createService(application, parts, reader),
    findServiceData('service.read', parts),
    setServiceData('service.read'),
    destroyService(ogsiOperations.destroy),
    destroyService(ogsiOperations.requestTerminationAfter),
    destroyService(ogsiOperations.requestTerminationBefore),
  ]
}

function instanceOperations(application: string, parts: OperationParts): readonly Operation<InstanceTarget, never>[] {
  const { instances, starter, reader, waits, changed } = parts
  return [
    getResults(application, reader),
    getStatus(reader),
    waitFor(reader, waits),
    getOutput(reader),
    start(application, starter, reader),
    suspend(instances, reader, changed),
    resume(instances, reader, changed),
    cancel(instances, reader, changed),
    extend(parts, reader),
    share(instances),
    unshare(instances),
    destroy(jobOperations.destroy, instances, changed),
    destroy(ogsiOperations.destroy, instances, changed),
    findServiceData('instance.read', parts),
    setServiceData('instance.read'),
    requestTerminationAfter(parts),
    requestTerminationBefore(parts),
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
