import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { DescriptionError } from '../application/description-error.ts'
import { InstalledApplications } from '../application/installed-applications.ts'
import type { Application } from '../application/model.ts'
import type { Configuration } from '../container/configuration.ts'
import { bundlesDirectory } from '../container/places.ts'
import { becomeServiceAccount } from '../container/service-account.ts'
import { OfferedServices } from '../factory/offered-services.ts'
import { type DescriptionFolder, readDescriptionFolder, registerApplication } from '../factory/register-application.ts'
import { migrate } from '../store/database.ts'
import { databaseFile, Store } from '../store/store.ts'
import { applicationContract } from '../wsdl/contract.ts'
import { breakingChanges } from '../wsdl/contract-change.ts'
import { descriptionsIn, isEmptyFolder } from './description-paths.ts'
import { missingProgram } from './installed-program.ts'
import { UsageError } from './terminal.ts'

export interface Registered {
  readonly name: string
  readonly url: string
  readonly changed: boolean
  /** The program that it runs, when that is not installed here. */
  readonly missing?: string
}

/** What became of descriptions: each is taken or refused by itself, so that a bad one hurts no other. */
export interface Registrations {
  readonly done: readonly Registered[]
  readonly refused: readonly unknown[]
}

/** Opens the store of a container, which may be running, for some work. */
export async function withStore<T>(configuration: Configuration, work: (store: Store) => Promise<T>): Promise<T> {
  await mkdir(configuration.data, { recursive: true, mode: 0o700 })
  await migrate(databaseFile(configuration.data))
  await using store = new Store(databaseFile(configuration.data))
  return await work(store)
}

export const offeredServices = (configuration: Configuration, store: Store): OfferedServices =>
  new OfferedServices(
    store.applications,
    new InstalledApplications(store.applications, bundlesDirectory(configuration.data)),
  )

/** The applications that are offered now; undefined: there is no store yet. Root goes on as the container's account, if it has one. */
export async function offeredHere(configuration: Configuration): Promise<readonly Application[] | undefined> {
  if (!existsSync(databaseFile(configuration.data))) return undefined
  await becomeServiceAccount(configuration)
  return withStore(configuration, async store =>
    (await offeredServices(configuration, store).all()).map(one => one.application),
  )
}

export const serviceUrl = ({ authority }: Configuration, name: string): string =>
  `https://${authority}/services/${name}`

/**
 * Registers what the configuration names, as far as it is new or has changed since it did so last: what an administrator
 * registered or took away in between stays so. A folder that is still empty is none to complain of.
 */
export async function registerConfigured(configuration: Configuration): Promise<Registrations> {
  const paths = await Promise.all(configuration.services.map(async path => ((await isEmptyFolder(path)) ? [] : [path])))
  return registerDescriptions(paths.flat(), configuration, { breaking: false, configured: true })
}

/** Registers the descriptions behind paths. With `breaking` also those that take from callers what they rely on. */
export const registerDescriptions = (
  paths: readonly string[],
  configuration: Configuration,
  { breaking, configured = false }: { readonly breaking: boolean; readonly configured?: boolean },
): Promise<Registrations> =>
  withStore(configuration, async store => {
    const services = offeredServices(configuration, store)
    const done: Registered[] = []
    const refused: unknown[] = []
    const attempt = async <T>(work: () => Promise<T>): Promise<T | undefined> => {
      try {
        return await work()
      } catch (error) {
        refused.push(error)
        return undefined
      }
    }
    for (const path of paths)
      for (const found of (await attempt(() => descriptionsIn(path))) ?? [])
        await attempt(async () => {
          const folder = await readDescriptionFolder(found)
          if (configured && (await store.applications.configured(folder.application.name)) === folder.digest) return
          if (!breaking) await refuseBreaking(folder, services)
          const { changed } = await registerApplication(
            folder,
            bundlesDirectory(configuration.data),
            store.applications,
            { configured },
          )
          const { name } = folder.application
          const missing = missingProgram(folder.application)
          done.push({
            name,
            url: serviceUrl(configuration, name),
            changed,
            ...(missing === undefined ? {} : { missing }),
          })
        })
    return { done, refused }
  })

/** Throws {@link UsageError} when callers of the service that is offered now could not go on with this description. */
async function refuseBreaking(folder: DescriptionFolder, services: OfferedServices): Promise<void> {
  const { application, digest, file } = folder
  const offered = await services.find(application.name).catch((error: unknown) => {
    // What older versions took and this one does not cannot be called any more either.
    if (error instanceof DescriptionError) return undefined
    throw error
  })
  if (offered === undefined || offered.digest === digest) return
  const changes = breakingChanges(applicationContract(offered.application), applicationContract(application))
  if (changes.length === 0) return
  throw new UsageError(
    [
      `${file}: callers of ${application.name} could not go on with this description, so the service stays as it is:`,
      ...changes.map(change => `  ${change}`),
      `To change it all the same: gridwrap register --breaking ${file}`,
      `To leave callers what they have: give the description another name ("name: ${application.name}2"), and both are offered.`,
    ].join('\n'),
  )
}
