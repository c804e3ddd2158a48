import type { InstalledApplications } from '../application/installed-applications.ts'
import type { AuthorizationRequest } from '../authz/adapter.ts'
import type { AuditLog } from '../authz/audit-log.ts'
import { wallClock } from '../core/clock.ts'
import { didYouMean } from '../core/did-you-mean.ts'
import { GridwrapError } from '../core/errors.ts'
import { fqansOf, type GsiIdentity, type LocalIdentity } from '../core/identity.ts'
import { isId } from '../core/ids.ts'
import type {
  EntryTarget,
  HostedTarget,
  InstanceTarget,
  ObjectTarget,
  SubscriptionTarget,
  Target,
} from '../dispatcher/call.ts'
import type { Registry } from '../dispatcher/registry/registry.ts'
import type { RegistryEntry } from '../dispatcher/registry/registry-entry.ts'
import { owns } from '../dispatcher/sharing.ts'
import type { OfferedService, OfferedServices } from '../factory/offered-services.ts'
import type { HostedService } from '../hosting/register-service.ts'
import type { GridServiceStore } from '../store/grid-service-store.ts'
import type { HostedStore } from '../store/hosted-store.ts'
import type { InstanceStore, Viewer } from '../store/instance-store.ts'
import type { SubscriptionStore } from '../store/subscription-store.ts'
import { unknownInstance } from './stages/permit.ts'

/** A target as the caller may see it, with what authorization needs to know of it. */
export interface FoundTarget<T extends Target = Target> {
  readonly target: T
  readonly viewer: Viewer
  readonly service: string | undefined
  readonly instance: AuthorizationRequest['instance']
}

/** From the path of a request to what it is addressed to. What the caller may not see is not found. */
export class TargetFinder {
  readonly #services: OfferedServices
  readonly #instances: InstanceStore
  readonly #applications: InstalledApplications
  readonly #viewer: (identity: GsiIdentity | LocalIdentity) => Viewer
  readonly #registry: Registry
  readonly #gridServices: GridServiceStore
  readonly #subscriptions: SubscriptionStore
  readonly #audit: AuditLog
  readonly #hosted: ReadonlyMap<string, HostedService>
  readonly #objects: HostedStore

  constructor(
    services: OfferedServices,
    instances: InstanceStore,
    applications: InstalledApplications,
    viewer: (identity: GsiIdentity | LocalIdentity) => Viewer,
    registry: Registry,
    gridServices: GridServiceStore,
    subscriptions: SubscriptionStore,
    hosted: ReadonlyMap<string, HostedService>,
    objects: HostedStore,
    audit: AuditLog,
  ) {
    this.#hosted = hosted
    this.#objects = objects
    this.#registry = registry
    this.#gridServices = gridServices
    this.#subscriptions = subscriptions
    this.#audit = audit
    this.#services = services
    this.#instances = instances
    this.#applications = applications
    this.#viewer = viewer
  }

  viewer(identity: GsiIdentity | LocalIdentity): Viewer {
    return this.#viewer(identity)
  }

  async find(
    [kind, name = '', ...rest]: readonly string[],
    identity: GsiIdentity | LocalIdentity,
  ): Promise<FoundTarget> {
    if (rest.length === 0 && kind === 'services')
      return {
        target: { kind: 'service', service: await this.service(name) },
        viewer: this.viewer(identity),
        service: name,
        instance: undefined,
      }
    if (rest.length === 0 && kind === 'instances') return this.instance(name, identity)
    if (rest.length === 0 && kind === 'subscriptions') return this.subscription(name, identity)
    if (kind === 'hosted' && rest.length < 2) return this.hosted(name, rest[0], identity)
    if (kind === 'registry' && name !== '') return this.entry([name, ...rest], identity)
    if (name === '' && (kind === 'delegation' || kind === 'resolver' || kind === 'registry'))
      return { target: { kind }, viewer: this.viewer(identity), service: undefined, instance: undefined }
    throw new GridwrapError('not-found', 'There is no service at this address.', {
      hint: 'Services are at /services/NAME, instances at /instances/ID; there are /registry, /resolver and /delegation.',
    })
  }

  /** A hosted class, or with an id one of its objects; only whose that is, and administrators, know of it. */
  async hosted(
    name: string,
    id: string | undefined,
    identity: GsiIdentity | LocalIdentity,
  ): Promise<FoundTarget<HostedTarget | ObjectTarget>> {
    const viewer = this.viewer(identity)
    const service = this.hostedService(name)
    if (id === undefined) return { target: { kind: 'hosted', service }, viewer, service: name, instance: undefined }
    const row = isId(id) ? await this.#gridServices.get(id) : undefined
    const theirs = row !== undefined && owns(viewer, row)
    const state = theirs && row.kind === 'hosted' ? await this.#objects.serviceOf(id) : undefined
    const isOver = row?.destroyed != null || (row?.terminate_before ?? Number.POSITIVE_INFINITY) <= wallClock()
    if (row?.kind !== 'hosted' || !theirs || (state !== name && !isOver))
      throw new GridwrapError('not-found', `${name} has no instance ${id.slice(0, 64)}.`, {
        hint: 'Check the handle, and whether you use the credential with which it was created.',
        detail: { why: 'never' },
      })
    if (isOver)
      throw new GridwrapError('not-found', `The instance ${id} of ${name} has ended.`, {
        hint: 'Create a new one.',
        detail: { why: 'ended' },
      })
    return {
      target: { kind: 'object', service, row },
      viewer,
      service: name,
      instance: { id, owner: row.owner, shared: undefined },
    }
  }

  /** Contracts are told to anybody. */
  hostedService(name: string): HostedService {
    const service = this.#hosted.get(name)
    if (service !== undefined) return service
    throw new GridwrapError('not-found', `There is no hosted service ${JSON.stringify(name.slice(0, 64))}.`, {
      hint: 'The page / lists what this container offers.',
      detail: { why: 'never' },
    })
  }

  /** A subscription; only whose it is, and administrators, know of it. */
  async subscription(id: string, identity: GsiIdentity | LocalIdentity): Promise<FoundTarget<SubscriptionTarget>> {
    const viewer = this.viewer(identity)
    const known = isId(id) ? await this.#gridServices.get(id) : undefined
    const theirs = known !== undefined && owns(viewer, known)
    if (known?.kind !== 'subscription' || !theirs)
      throw new GridwrapError('not-found', `There is no subscription ${id.slice(0, 64)}.`, { detail: { why: 'never' } })
    const row = await this.#subscriptions.get(id)
    if (row === undefined || (row.terminate_before ?? Number.POSITIVE_INFINITY) <= wallClock())
      throw new GridwrapError('not-found', `The subscription ${id} has ended.`, {
        hint: 'Subscribe again.',
        detail: { why: 'ended' },
      })
    const instance = { id, owner: row.owner, shared: undefined }
    return { target: { kind: 'subscription', row }, viewer, service: undefined, instance }
  }

  /** An entry of the registry, by what comes behind /registry/: services/NAME, or its id. All may see it. */
  async entry(
    [first = '', ...rest]: readonly string[],
    identity: GsiIdentity | LocalIdentity,
  ): Promise<FoundTarget<EntryTarget>> {
    const viewer = this.viewer(identity)
    const [service] = rest
    let entry: RegistryEntry | undefined
    if (first === 'hosted' && service !== undefined && rest.length === 1)
      entry = this.#registry.hostedOffer(service, { identity, viewer })
    else if (first === 'services' && service !== undefined && rest.length === 1)
      entry = await this.#registry.offer(service, { identity, viewer })
    else if (isId(first) && rest.length === 0) {
      entry = await this.#registry.registration(first)
      if (entry === undefined && (await this.#gridServices.get(first))?.kind === 'entry')
        throw new GridwrapError('not-found', `The entry ${first} of the registry has ended.`, {
          hint: 'Add the service again.',
          detail: { why: 'ended' },
        })
    }
    if (entry === undefined)
      throw new GridwrapError('not-found', 'There is no such entry in the registry.', {
        hint: 'Its service data ogsi:entry has all of them.',
        detail: { why: 'never' },
      })
    const instance =
      entry.row === undefined ? undefined : { ...{ id: entry.row.id, owner: entry.row.owner }, shared: 'read' as const }
    return { target: { kind: 'entry', entry }, viewer, service: undefined, instance }
  }

  /** `helping`: names like it are told, to those who may know what there is. */
  async service(name: string, { helping = true }: { readonly helping?: boolean } = {}): Promise<OfferedService> {
    const service = await this.#services.find(name)
    if (service !== undefined) return service
    const meant = helping
      ? didYouMean(
          name,
          (await this.#services.all()).map(one => one.name),
        )
      : undefined
    throw new GridwrapError('not-found', `There is no service ${JSON.stringify(name.slice(0, 64))}.`, {
      hint: meant === undefined ? 'The page / lists what this container offers.' : `Did you mean ${meant}?`,
      detail: { why: 'never' },
    })
  }

  /** `ended`: also one that has ended, to whoever could see it. */
  async instance(
    id: string,
    identity: GsiIdentity | LocalIdentity,
    { ended: alsoEnded = false }: { readonly ended?: boolean } = {},
  ): Promise<FoundTarget<InstanceTarget>> {
    const viewer = this.viewer(identity)
    const row = isId(id) ? await this.#instances.see(id, viewer) : undefined
    if (row === undefined) {
      await this.#tellUnseen(id, identity)
      throw unknownInstance(id)
    }
    // What is over is over, also while the keeper has not come round to taking it away.
    const due = row.terminate_before !== null && row.terminate_before <= wallClock() ? row.terminate_before : null
    const ended = row.destroyed ?? due
    if (ended !== null && !alsoEnded) {
      throw new GridwrapError('not-found', `The instance ${id} ended at ${new Date(ended).toISOString()}.`, {
        hint: 'Its files are gone. Create a new instance.',
        detail: { why: 'ended' },
      })
    }
    const { application } = await this.#applications.byDigest(row.digest)
    const shared = viewer.principals.includes(row.owner) ? undefined : await this.#instances.permits(id, viewer)
    return {
      target: { kind: 'instance', row, application, digest: row.digest },
      viewer,
      service: row.application,
      instance: { id, owner: row.owner, shared },
    }
  }

  /** To the caller it is not there; to the audit log it is one that they may not see. */
  async #tellUnseen(id: string, identity: GsiIdentity | LocalIdentity): Promise<void> {
    if (!isId(id) || (await this.#instances.whose(id)) === undefined) return
    this.#audit.appendSeldom(`unseen ${identity.subject} ${id}`, {
      what: 'decision',
      outcome: 'deny',
      identity: identity.subject,
      fqans: fqansOf(identity),
      instance: id,
      rule: 'neither the owner’s own nor shared with the caller',
    })
  }
}
