import { pathToFileURL } from 'node:url'
import type { AuthorizationAdapter } from '../authz/adapter.ts'
import { Ban } from '../authz/ban.ts'
import { AuthorizationChain } from '../authz/chain.ts'
import { Gridmap } from '../authz/gridmap.ts'
import { IdentityPatterns } from '../authz/identity-patterns.ts'
import { LimitedProxies } from '../authz/limited-proxies.ts'
import { Owner } from '../authz/owner.ts'
import { Self } from '../authz/self.ts'
import { Voms } from '../authz/voms.ts'
import type { ProblemLog } from '../core/log.ts'
import type { AuthorizeEntry } from './authorize-entries.ts'
import { type Configuration, ConfigurationError } from './configuration.ts'

export interface Authorization {
  readonly chain: AuthorizationChain
  readonly owner: Owner
}

/**
 * The adapters of a configuration, in its order. `own`: the distinguished name of the container. Throws
 * ConfigurationError when a site's own adapter cannot be loaded.
 */
export async function openAuthorization(
  { authorize, administrators }: Pick<Configuration, 'authorize' | 'administrators'>,
  own: () => string,
  log: ProblemLog,
): Promise<Authorization> {
  const owner = new Owner(administrators)
  const adapters = await Promise.all(authorize.map(entry => openAdapter(entry, owner, own, log)))
  return { chain: new AuthorizationChain(adapters), owner }
}

async function openAdapter(
  entry: AuthorizeEntry,
  owner: Owner,
  own: () => string,
  log: ProblemLog,
): Promise<AuthorizationAdapter> {
  if (entry === 'owner') return owner
  if (entry === 'self') return new Self(own)
  if ('gridmap' in entry) return new Gridmap(entry.gridmap, log, entry)
  if ('ban' in entry) return new Ban(entry.ban, log)
  if ('identity' in entry) return new IdentityPatterns(entry.identity, entry)
  if ('voms' in entry) return new Voms(entry.voms, entry)
  if ('limited-proxies' in entry) return new LimitedProxies(entry['limited-proxies'])
  if ('policy' in entry) {
    // Its engine is large, and a container without rules starts without it.
    const { Policy } = await import('../authz/policy/policy.ts')
    return new Policy(entry.policy, log)
  }
  return loadAdapter(entry.module, entry.options, log)
}

/** A site's own adapter: the default export of its module makes it. */
async function loadAdapter(file: string, options: unknown, log: ProblemLog): Promise<AuthorizationAdapter> {
  const fail = (why: string, cause?: unknown): ConfigurationError =>
    new ConfigurationError(`authorize: the module ${file} ${why}`, { cause })
  let loaded: { readonly default?: unknown }
  try {
    loaded = (await import(pathToFileURL(file).href)) as typeof loaded
  } catch (error) {
    throw fail(`cannot be loaded: ${error instanceof Error ? error.message : String(error)}`, error)
  }
  if (typeof loaded.default !== 'function')
    throw fail('has no function as its default export (see docs/authorization.md)')
  const adapter = (await (loaded.default as (options: unknown, log: ProblemLog) => unknown)(options, log)) as
    | Partial<AuthorizationAdapter>
    | undefined
  if (typeof adapter?.decide !== 'function' || typeof adapter.name !== 'string')
    throw fail('made no adapter: it needs a name and a function decide (see docs/authorization.md)')
  return adapter as AuthorizationAdapter
}
