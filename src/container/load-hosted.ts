import { pathToFileURL } from 'node:url'
import { ServiceFault } from '../hosting/definition.ts'
import { DefinitionError, type HostedService, registerService } from '../hosting/register-service.ts'
import { type Configuration, ConfigurationError } from './configuration.ts'

/** What a module gets that makes its definition itself: it need not find this package. */
const given = { registerService, ServiceFault }

/**
 * The classes that a configuration offers, each the default export of a module: a definition, what `registerService` makes
 * of one, or a function that makes either. Throws ConfigurationError for what is none.
 */
export async function loadHosted({ hosted }: Pick<Configuration, 'hosted'>): Promise<readonly HostedService[]> {
  const services = await Promise.all(hosted.map(load))
  for (const [index, { name }] of services.entries())
    if (services.findIndex(one => one.name === name) < index)
      throw new ConfigurationError(`hosted: two modules offer a service ${name}`)
  return services
}

async function load(file: string): Promise<HostedService> {
  const fail = (why: string, cause?: unknown): ConfigurationError =>
    new ConfigurationError(`hosted: the module ${file} ${why}`, { cause })
  let loaded: { readonly default?: unknown }
  try {
    loaded = (await import(pathToFileURL(file).href)) as typeof loaded
  } catch (error) {
    throw fail(`cannot be loaded: ${error instanceof Error ? error.message : String(error)}`, error)
  }
  try {
    const made: unknown =
      typeof loaded.default === 'function'
        ? await (loaded.default as (tools: typeof given) => unknown)(given)
        : loaded.default
    if (typeof made !== 'object' || made === null)
      throw new DefinitionError('it has no definition as its default export (see docs/hosting-code.md)')
    // What was made by another copy of this package is checked by this one.
    const { contract: _contract, ...definition } = made as HostedService
    return registerService(definition)
  } catch (error) {
    if (error instanceof DefinitionError) throw fail(`offers no service:\n${error.message.replace(/^/gm, '  ')}`, error)
    throw fail(`cannot be used: ${error instanceof Error ? error.message : String(error)}`, error)
  }
}
