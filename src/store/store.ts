import { join } from 'node:path'
import { ApplicationStore } from './application-store.ts'
import { CredentialStore } from './credential-store.ts'
import { openDatabase, type Sqlite } from './database.ts'
import { EventStore } from './event-store.ts'
import { GridServiceStore } from './grid-service-store.ts'
import { HostedStore } from './hosted-store.ts'
import { InstanceStore } from './instance-store.ts'
import { RegistryStore } from './registry-store.ts'
import { SubscriptionStore } from './subscription-store.ts'
import { Writer } from './writer.ts'

/** The file of a container's database, within its data directory. */
export const databaseFile = (dataDirectory: string): string => join(dataDirectory, 'gridwrap.sqlite')

/** One process's view of the store: reads on this thread, writes through the writer thread, one class an aggregate. */
export class Store implements AsyncDisposable {
  readonly writer: Writer
  readonly instances: InstanceStore
  readonly applications: ApplicationStore
  readonly events: EventStore
  readonly credentials: CredentialStore
  readonly gridServices: GridServiceStore
  readonly hosted: HostedStore
  readonly registry: RegistryStore
  readonly subscriptions: SubscriptionStore
  readonly #reader: Sqlite

  constructor(file: string, committed?: () => void) {
    this.#reader = openDatabase(file, { readonly: true })
    this.writer = new Writer(file, committed)
    this.instances = new InstanceStore(this.#reader, this.writer)
    this.applications = new ApplicationStore(this.#reader, this.writer)
    this.events = new EventStore(this.#reader)
    this.credentials = new CredentialStore(this.#reader, this.writer)
    this.registry = new RegistryStore(this.#reader)
    this.subscriptions = new SubscriptionStore(this.#reader, this.writer)
    this.hosted = new HostedStore(this.#reader, this.writer)
    this.gridServices = new GridServiceStore(this.#reader, this.writer)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.writer[Symbol.asyncDispose]()
    this.#reader.close()
  }
}
