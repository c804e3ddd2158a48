import type { InstalledApplications } from '../application/installed-applications.ts'
import type { AuthorizationRequest } from '../authz/adapter.ts'
import type { AuditLog } from '../authz/audit-log.ts'
import type { Owner } from '../authz/owner.ts'
import { wallClock } from '../core/clock.ts'
import { didYouMean } from '../core/did-you-mean.ts'
import { GridwrapError } from '../core/errors.ts'
import { fqansOf, type GsiIdentity, type LocalIdentity, ownerKey } from '../core/identity.ts'
import { isId } from '../core/ids.ts'
import type { InstanceTarget, Target } from '../dispatcher/call.ts'
import type { OfferedService, OfferedServices } from '../factory/offered-services.ts'
import type { InstanceStore, Viewer } from '../store/instance-store.ts'
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
  readonly #owner: Owner
  readonly #audit: AuditLog

  constructor(
    services: OfferedServices,
    instances: InstanceStore,
    applications: InstalledApplications,
    owner: Owner,
    audit: AuditLog,
  ) {
    this.#audit = audit
    this.#services = services
    this.#instances = instances
    this.#applications = applications
    this.#owner = owner
  }

  viewer(identity: GsiIdentity | LocalIdentity): Viewer {
    const groups = fqansOf(identity).map(fqan => `fqan:${fqan}`)
    return {
      principals: [ownerKey(identity) ?? '', ...groups],
      administrator: this.#owner.isAdministrator(identity),
    }
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
    if (kind === 'delegation' && name === '')
      return { target: { kind: 'delegation' }, viewer: this.viewer(identity), service: undefined, instance: undefined }
    throw new GridwrapError('not-found', 'There is no service at this address.', {
      hint: 'Services are at /services/NAME, instances at /instances/ID, delegation at /delegation.',
    })
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

  async instance(id: string, identity: GsiIdentity | LocalIdentity): Promise<FoundTarget<InstanceTarget>> {
    const viewer = this.viewer(identity)
    const row = isId(id) ? await this.#instances.see(id, viewer) : undefined
    if (row === undefined) {
      await this.#tellUnseen(id, identity)
      throw unknownInstance(id)
    }
    // What is over is over, also while the keeper has not come round to taking it away.
    const due = row.terminate_before !== null && row.terminate_before <= wallClock() ? row.terminate_before : null
    const ended = row.destroyed ?? due
    if (ended !== null) {
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
