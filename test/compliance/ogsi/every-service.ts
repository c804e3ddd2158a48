import { clark, qname } from '../../../src/core/qname.ts'
import { applicationNamespace, GRID } from '../../../src/wsdl/names.ts'
import { attributeOf, textOf, type XmlElement } from '../../../src/xml/tree.ts'
import { children, type OgsiClient, qnameIn } from './ogsi-client.ts'
import { OgsiGround } from './ogsi-ground.ts'

/** One Grid service of each kind that a container has, a job that has ended among them. */
export class EveryService implements AsyncDisposable {
  readonly ground: OgsiGround
  readonly ogsi: OgsiClient
  readonly job: string
  readonly #handles: readonly string[]

  private constructor(ground: OgsiGround, job: string) {
    this.ground = ground
    this.ogsi = ground.ogsi
    this.job = job
    this.#handles = [job, ground.factory, ground.resolver, ground.registry, `${ground.registry}/services/waiting`]
  }

  static async start(): Promise<EveryService> {
    const ground = await OgsiGround.start()
    return new EveryService(ground, await ground.ended())
  }

  /** Looks at all of them, one after the other. */
  async all(check: (handle: string) => Promise<void>): Promise<void> {
    for (const handle of this.#handles) await check(handle)
  }

  async label(handle: string): Promise<readonly string[]> {
    return (await this.ogsi.query(handle, 'j:label')).map(textOf)
  }

  async notes(handle: string): Promise<readonly string[]> {
    return (await this.ogsi.query(handle, 'j:note')).map(textOf)
  }

  /** The name of the portType that a service has by its contract. */
  mostDerived(handle: string): string {
    const { factory, resolver, registry } = this.ground
    const application = applicationNamespace('waiting')
    if (handle === this.job) return clark(qname(application, 'WaitingJobPortType'))
    if (handle === factory) return clark(qname(application, 'WaitingPortType'))
    return clark(qname(GRID, handle === resolver ? 'Resolver' : handle === registry ? 'Registry' : 'RegistryEntry'))
  }

  /** The portTypes of the GWSDL of a service and of what it imports, by name. */
  async portTypes(handle: string): Promise<ReadonlyMap<string, XmlElement>> {
    const found = new Map<string, XmlElement>()
    const read = async (url: string, seen: Set<string>): Promise<void> => {
      if (seen.has(url)) return
      seen.add(url)
      const definitions = await this.ogsi.get(url)
      const namespace = attributeOf(definitions, '', 'targetNamespace') ?? ''
      for (const portType of children(definitions, 'portType'))
        found.set(clark(qname(namespace, attributeOf(portType, '', 'name') ?? '')), portType)
      for (const one of children(definitions, 'import')) await read(attributeOf(one, '', 'location') ?? '', seen)
    }
    await read(`${handle}?gwsdl`, new Set())
    return found
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.ground[Symbol.asyncDispose]()
  }
}

/** The names of a portType and of all that it extends. */
export function closure(name: string, portTypes: ReadonlyMap<string, XmlElement>): ReadonlySet<string> {
  const found = new Set<string>([name])
  for (const one of found) {
    const portType = portTypes.get(one)
    if (portType === undefined) throw new Error(`The GWSDL has no portType ${one}`)
    const parents = attributeOf(portType, '', 'extends')?.split(/\s+/) ?? []
    for (const parent of parents) found.add(clark(qnameIn(portType, parent)))
  }
  return found
}
