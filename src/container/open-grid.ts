import { InstalledApplications } from '../application/installed-applications.ts'
import type { AuthorizationChain } from '../authz/chain.ts'
import type { Owner } from '../authz/owner.ts'
import { fqansOf, type GsiIdentity, type LocalIdentity, ownerKey } from '../core/identity.ts'
import type { Log } from '../core/log.ts'
import type { CredentialKeep } from '../delegation/credential-keep.ts'
import { InstanceReader } from '../dispatcher/instance-reader.ts'
import { type Permits, Registry } from '../dispatcher/registry/registry.ts'
import type { ServiceDataParts } from '../dispatcher/service-data/describe.ts'
import { InstanceFiles } from '../factory/instance-files.ts'
import { OfferedServices } from '../factory/offered-services.ts'
import { Hosting, storedStates } from '../hosting/hosting.ts'
import { makeHandles } from '../ogsi/handle.ts'
import type { Viewer } from '../store/instance-store.ts'
import type { Store } from '../store/store.ts'
import { XPathEvaluator } from '../xml/xpath.ts'
import type { Configuration } from './configuration.ts'
import { loadHosted } from './load-hosted.ts'
import { openAuthorization } from './open-authorization.ts'
import { bundlesDirectory } from './places.ts'

/** What it takes to say what there is, and who may see it: a front end answers calls with it, a keeper notifies. */
export interface Grid {
  readonly applications: InstalledApplications
  readonly services: OfferedServices
  readonly files: InstanceFiles
  readonly reader: InstanceReader
  readonly registry: Registry
  readonly authorization: AuthorizationChain
  readonly owner: Owner
  readonly permits: Permits
  readonly viewer: (identity: GsiIdentity | LocalIdentity) => Viewer
  readonly hosting: Hosting
  readonly serviceData: ServiceDataParts
}

/** `own`: the distinguished name of the container. Throws ConfigurationError when it cannot be decided who may do what. */
export async function openGrid(
  configuration: Configuration,
  store: Store,
  credentials: CredentialKeep,
  own: () => string,
  changed: () => void,
  log: Log,
): Promise<Grid> {
  const handles = makeHandles(configuration.authority, configuration.aliases)
  const applications = new InstalledApplications(store.applications, bundlesDirectory(configuration.data))
  const services = new OfferedServices(store.applications, applications)
  const files = new InstanceFiles(configuration.instances)
  const reader = new InstanceReader(store.instances, applications, handles, files)
  const { chain: authorization, owner } = await openAuthorization(configuration, own, log)
  const permits: Permits = (identity, action, about) =>
    authorization.decide({ identity, action, ...about, parameters: undefined, parametersFollow: false }).effect ===
    'permit'
  const hosting = new Hosting(await loadHosted(configuration), storedStates(store.hosted), log)
  const registry = new Registry(store.registry, services, hosting.services, handles, permits)
  const { instances, events, gridServices, subscriptions } = store
  const keepSecondsAtMost = configuration.quota['keep-at-most']
  return {
    ...{ applications, services, files, reader, registry, authorization, owner, permits, hosting },
    viewer: identity => viewerOf(identity, owner),
    serviceData: {
      ...{ reader, registry, credentials, keepSecondsAtMost, changed },
      ...{ instances, events, gridServices, subscriptions, xpath: new XPathEvaluator(), hosting },
    },
  }
}

const viewerOf = (identity: GsiIdentity | LocalIdentity, owner: Owner): Viewer => ({
  principals: [ownerKey(identity) ?? '', ...fqansOf(identity).map(fqan => `fqan:${fqan}`)],
  administrator: owner.isAdministrator(identity),
})
