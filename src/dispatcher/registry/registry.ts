import type { Action } from '../../authz/actions.ts'
import type { AuthorizationRequest } from '../../authz/adapter.ts'
import { wallClock } from '../../core/clock.ts'
import { qname } from '../../core/qname.ts'
import type { OfferedService, OfferedServices } from '../../factory/offered-services.ts'
import { hostedNames } from '../../hosting/hosted-contract.ts'
import type { HostedService } from '../../hosting/register-service.ts'
import type { Handles } from '../../ogsi/handle.ts'
import type { Locator } from '../../ogsi/locator.ts'
import type { RegistryStore } from '../../store/registry-store.ts'
import type { RegistrationRow } from '../../store/rows.ts'
import { gridContract } from '../../wsdl/base-contract.ts'
import { applicationContract } from '../../wsdl/contract.ts'
import { contractNames } from '../../wsdl/contract-names.ts'
import { lineageOf } from '../../wsdl/contract-operations.ts'
import { decodeElement } from '../../wsdl/decoder.ts'
import { OGSI } from '../../wsdl/names.ts'
import { encodeElement } from '../../wsdl/serializer.ts'
import { parseXml } from '../../xml/xml-reader.ts'
import type { Caller } from '../call.ts'
import { lifetimeOf } from '../lifetime.ts'
import { forGood } from '../service-data/of-service.ts'
import { serviceInfo } from './member-rule.ts'
import type { RegistryEntry } from './registry-entry.ts'

/** Whether a caller may do something; for answers that leave out what they may not see. */
export type Permits = (
  identity: Caller['identity'],
  action: Action,
  about: Pick<AuthorizationRequest, 'service' | 'instance'>,
) => boolean

const locator = qname(OGSI, 'locator')
const mostKept = 10_000

/** What this container offers and what others have registered here: one group (OGSI 1.0 section 13). */
export class Registry {
  readonly #store: RegistryStore
  readonly #services: OfferedServices
  readonly #hosted: ReadonlyMap<string, HostedService>
  readonly #handles: Handles
  readonly #permits: Permits
  /** Locators by the id of their entry: neither changes. */
  readonly #members = new Map<string, Locator>()

  constructor(
    store: RegistryStore,
    services: OfferedServices,
    hosted: ReadonlyMap<string, HostedService>,
    handles: Handles,
    permits: Permits,
  ) {
    this.#store = store
    this.#hosted = hosted
    this.#services = services
    this.#handles = handles
    this.#permits = permits
  }

  /** Every entry that this caller may know of: this container's own services first. */
  async entries(caller: Caller): Promise<readonly RegistryEntry[]> {
    const isSeen = ({ name }: { readonly name: string }): boolean =>
      this.#permits(caller.identity, 'service.read', { service: name, instance: undefined })
    const offered = (await this.#services.all()).filter(isSeen)
    const hosted = [...this.#hosted.values()].filter(isSeen)
    return [
      ...offered.map(one => this.#offer(one)),
      ...hosted.map(one => this.#hostedOffer(one)),
      ...(await this.registrations()),
    ]
  }

  /** What others have registered. */
  async registrations(): Promise<readonly RegistryEntry[]> {
    return (await this.#store.all(wallClock())).map(row => this.#registration(row))
  }

  /** The entry of a service of this container; undefined when there is none that this caller may see. */
  async offer(name: string, { identity }: Caller): Promise<RegistryEntry | undefined> {
    const service = await this.#services.find(name)
    return service !== undefined && this.#permits(identity, 'service.read', { service: name, instance: undefined })
      ? this.#offer(service)
      : undefined
  }

  /** The same of a hosted class. */
  hostedOffer(name: string, { identity }: Caller): RegistryEntry | undefined {
    const service = this.#hosted.get(name)
    return service !== undefined && this.#permits(identity, 'service.read', { service: name, instance: undefined })
      ? this.#hostedOffer(service)
      : undefined
  }

  /** The entry that somebody made, unless its time is up. */
  async registration(id: string): Promise<RegistryEntry | undefined> {
    const row = await this.#store.get(id)
    return row === undefined || (row.terminate_before ?? Number.POSITIVE_INFINITY) <= wallClock()
      ? undefined
      : this.#registration(row)
  }

  #offer({ name, application }: OfferedService): RegistryEntry {
    const address = this.#handles.service(name)
    const { portType } = contractNames(application.name).factory
    const { title, description, version, homepage } = application
    const info = { name, title, description, version, homepage, address }
    return {
      handle: this.#handles.offer(name),
      member: {
        handle: [address],
        interface: lineageOf(applicationContract(application), portType).map(one => one.name),
      },
      content: encodeElement(gridContract, serviceInfo, info),
      lifetime: forGood,
      row: undefined,
    }
  }

  #hostedOffer({ name, title, description, version, instances, contract }: HostedService): RegistryEntry {
    const address = this.#handles.hosted(name)
    const names = hostedNames(name)
    const portType = instances === 'many' ? names.factory : names.portType
    return {
      handle: this.#handles.hostedOffer(name),
      member: { handle: [address], interface: lineageOf(contract, portType).map(one => one.name) },
      content: encodeElement(gridContract, serviceInfo, { name, title, description, version, address }),
      lifetime: forGood,
      row: undefined,
    }
  }

  #registration(row: RegistrationRow): RegistryEntry {
    return {
      handle: this.#handles.entry(row.id),
      member: this.#member(row),
      content: row.content,
      lifetime: lifetimeOf(row),
      row,
    }
  }

  #member({ id, member }: RegistrationRow): Locator {
    const known = this.#members.get(id)
    if (known !== undefined) return known
    const { value } = decodeElement<Locator>(gridContract, parseXml(member))
    if (this.#members.size >= mostKept) this.#members.clear()
    this.#members.set(id, value)
    return value
  }
}

/** A locator in one form, so that equal ones are equal texts (OGSI 1.0 section 13.3.1). */
export const canonical = (member: Locator): string => encodeElement(gridContract, locator, member)
