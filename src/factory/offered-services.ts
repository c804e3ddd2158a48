import type { InstalledApplication, InstalledApplications } from '../application/installed-applications.ts'
import type { ApplicationStore } from '../store/application-store.ts'

/** A service: an application under the name it is offered by now. */
export interface OfferedService extends InstalledApplication {
  readonly name: string
  readonly registered: Date
}

/** What this container offers, read from the store at every question: a change needs no restart and no other's leave. */
export class OfferedServices {
  readonly #store: ApplicationStore
  readonly #applications: InstalledApplications

  constructor(store: ApplicationStore, applications: InstalledApplications) {
    this.#store = store
    this.#applications = applications
  }

  async find(name: string): Promise<OfferedService | undefined> {
    const row = await this.#store.service(name)
    if (row === undefined) return undefined
    return {
      ...(await this.#applications.byDigest(row.digest)),
      name: row.name,
      registered: new Date(row.registered_at),
    }
  }

  async all(): Promise<readonly OfferedService[]> {
    const rows = await this.#store.services()
    return Promise.all(
      rows.map(async row => ({
        ...(await this.#applications.byDigest(row.digest)),
        name: row.name,
        registered: new Date(row.registered_at),
      })),
    )
  }
}
