import type { HostedStore } from '../store/hosted-store.ts'
import { HostedEnds } from './ends.ts'
import { type HostedLog, HostedObjects, type HostedStates, type ObjectOf } from './hosted-objects.ts'
import type { HostedService } from './register-service.ts'

/** The classes that a container offers, and their objects in this process. */
export class Hosting implements AsyncDisposable {
  readonly services: ReadonlyMap<string, HostedService>
  readonly objects: HostedObjects
  #ends: HostedEnds | undefined

  constructor(services: readonly HostedService[], states: HostedStates, log: HostedLog) {
    this.services = new Map(services.map(one => [one.name, one]))
    this.objects = new HostedObjects(states, log)
  }

  /** From now on this process cleans up behind what has ended, too. */
  beginCleaning(
    store: HostedStore,
    of: (id: string, service: HostedService) => Promise<ObjectOf>,
    log: HostedLog,
  ): void {
    if (this.services.size === 0) return
    const find = async (id: string, name: string): Promise<ObjectOf | undefined> => {
      const service = this.services.get(name)
      return service === undefined ? undefined : of(id, service)
    }
    this.#ends = new HostedEnds(store, this.objects, [...this.services.keys()], find, log)
  }

  /** Something has ended: it is cleaned up behind it now. */
  ended(): void {
    this.#ends?.look()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#ends?.[Symbol.asyncDispose]()
    await this.objects[Symbol.asyncDispose]()
  }
}

/** The states of objects in the store. */
export const storedStates = (store: HostedStore): HostedStates => ({
  get: id => store.get(id),
  open: async (id, service, properties) => (await store.write('openHosted', { id, service, properties })).done,
  save: async (id, version, properties) => (await store.write('saveHosted', { id, version, properties })).done,
})
