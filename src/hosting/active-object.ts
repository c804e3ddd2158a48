import type { HostedCallbacks, HostedContext } from './definition.ts'
import type { PropertyBag } from './property-bag.ts'
import type { HostedService } from './register-service.ts'

/** One object in memory. */
export class ActiveObject {
  readonly service: HostedService
  readonly bag: PropertyBag
  readonly object: Record<string, unknown> & HostedCallbacks
  #used = performance.now()

  constructor(service: HostedService, bag: PropertyBag, context: Omit<HostedContext, 'properties'>) {
    this.service = service
    this.bag = bag
    this.object = new service.service({ ...context, properties: bag }) as ActiveObject['object']
  }

  /** When it was called last, in milliseconds of a monotonic clock. */
  get used(): number {
    return this.#used
  }

  /** Calls one of its methods. */
  async method(name: string, args: readonly unknown[]): Promise<unknown> {
    this.#used = performance.now()
    const method = this.object[name] as (...args: readonly unknown[]) => unknown
    try {
      return await method.apply(this.object, [...args])
    } finally {
      this.#used = performance.now()
    }
  }
}
