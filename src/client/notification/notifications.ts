import { GridwrapError } from '../../core/errors.ts'
import type { XmlElement } from '../../xml/tree.ts'
import { fetchServiceData } from '../service-data.ts'
import type { SoapConnection } from '../soap-call.ts'
import { prolong, type Subscription, unsubscribe } from './subscribe.ts'

/** How long nothing comes until it is asked whether there is a subscription still: at first, and with ever longer pauses at last. */
const firstLookMs = 1000
const lastLookMs = 60_000
/** Messages that are not looked at yet; beyond these the service is told to come again. */
const mostWaiting = 100

/**
 * What a subscription brings, as it comes: of each message the service data elements with all their values. Messages come
 * in order, and at least once: after a break one may come again. They end with the subscription: when its time is up, or
 * what it watches is gone. `await using` ends the subscription.
 */
export class Notifications implements AsyncDisposable, AsyncIterable<readonly XmlElement[]> {
  readonly #connection: SoapConnection
  readonly #forget: () => void
  readonly #waiting: (readonly XmlElement[])[] = []
  #subscription: Subscription | undefined
  #ended = false
  #wake: () => void = () => undefined

  /** `forget`: called when nothing is to come any more. */
  constructor(connection: SoapConnection, forget: () => void) {
    this.#connection = connection
    this.#forget = forget
  }

  /** @internal The subscription is there. */
  begin(subscription: Subscription): void {
    this.#subscription = subscription
  }

  /** @internal A message; false: there are too many, it must come again. */
  put(values: readonly XmlElement[]): boolean {
    if (this.#ended || this.#waiting.length >= mostWaiting) return false
    this.#waiting.push(values)
    this.#wake()
    return true
  }

  /** The handle of the subscription, which is a Grid service. */
  get handle(): string {
    return this.#subscription?.handle ?? ''
  }

  /** When it ends; undefined: not by itself. */
  get until(): Date | undefined {
    return this.#subscription?.until
  }

  /** Asks that it lasts until then at least. */
  async prolong(until: Date): Promise<Date | undefined> {
    const end = await prolong(this.handle, until, this.#connection)
    this.#subscription = { handle: this.handle, until: end }
    return end
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<readonly XmlElement[], void, undefined> {
    for (let pauseMs = firstLookMs; ; ) {
      const next = this.#waiting.shift()
      if (next !== undefined) {
        yield next
        pauseMs = firstLookMs
      } else if (this.#ended) return
      else if (!(await this.#woken(pauseMs))) {
        pauseMs = Math.min(pauseMs * 2, lastLookMs)
        // No message of OGSI says that it was the last.
        if (await this.#isOver()) this.end()
      }
    }
  }

  /** Whether something came before the time was up. */
  #woken(ms: number): Promise<boolean> {
    return new Promise(resolve => {
      const timer = setTimeout(() => resolve(false), ms)
      this.#wake = () => {
        clearTimeout(timer)
        resolve(true)
      }
    })
  }

  /** Whether its service says that there is no such subscription (any more). */
  async #isOver(): Promise<boolean> {
    try {
      await fetchServiceData(this.handle, ['terminationTime'], this.#connection)
      return false
    } catch (error) {
      return error instanceof GridwrapError && (error.code === 'not-found' || error.code === 'no-such-service')
    }
  }

  /** Takes nothing more; the subscription is not ended at the service. */
  end(): void {
    this.#ended = true
    this.#forget()
    this.#wake()
  }

  /** Ends the subscription at the service, and takes nothing more. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#ended) return
    this.end()
    await unsubscribe(this.handle, this.#connection).catch((error: unknown) => {
      // It may have run out.
      if (!(error instanceof GridwrapError && error.code === 'not-found')) throw error
    })
  }
}
