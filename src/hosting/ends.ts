import { wallClock } from '../core/clock.ts'
import { delay } from '../core/deadline.ts'
import type { HostedStore } from '../store/hosted-store.ts'
import type { HostedLog, HostedObjects, ObjectOf } from './hosted-objects.ts'

const lookEveryMs = 1000
/** Who has claimed one and is not heard of for so long has died. */
const claimMs = 60_000
const longestMs = 45_000
const mostTries = 5
/** When the container stops. */
const lastMs = 5000
const atOnce = 20

/**
 * Cleans up behind objects that have ended, whoever ended them: runs `preDestroy` in one front end, at least once, and
 * forgets their state. What fails is tried again, a few times.
 */
export class HostedEnds implements AsyncDisposable {
  readonly #store: HostedStore
  readonly #objects: HostedObjects
  readonly #services: readonly string[]
  readonly #of: (id: string, service: string) => Promise<ObjectOf | undefined>
  readonly #log: HostedLog
  readonly #timer: NodeJS.Timeout
  #working: Promise<void> | undefined

  constructor(
    store: HostedStore,
    objects: HostedObjects,
    services: readonly string[],
    of: (id: string, service: string) => Promise<ObjectOf | undefined>,
    log: HostedLog,
  ) {
    this.#store = store
    this.#objects = objects
    this.#services = services
    this.#of = of
    this.#log = log
    this.#timer = setInterval(() => this.look(), lookEveryMs)
  }

  /** Looks now whether there is something to do. */
  look(): void {
    this.#working ??= this.#clean()
      .catch((error: unknown) => this.#log.error({ err: error }, 'what has ended could not be looked for'))
      .finally(() => (this.#working = undefined))
  }

  async #clean(): Promise<void> {
    const now = wallClock()
    const before = now - claimMs
    while (await this.#store.anyEnded(before)) {
      const services = JSON.stringify(this.#services)
      const rows = await this.#store.write('claimEndedHosted', { services, now, before, most: atOnce })
      // What belongs to services that are not offered any more stays until they are.
      if (rows.length === 0) return
      await Promise.all(
        rows.map(async row => {
          try {
            const of = await this.#of(row.id, row.service)
            // Who died over it, or hung, each time, does so again.
            if (row.tries > mostTries) throw new Error('It has never come to an end.')
            if (of !== undefined) await inTime(this.#objects.end(of, row))
          } catch (error) {
            const last = row.tries >= mostTries
            this.#log.error(
              { err: error, service: row.service, id: row.id, tries: row.tries },
              last ? 'preDestroy failed too often: it is given up' : 'preDestroy failed: it is tried again in a minute',
            )
            if (!last) return
          }
          await this.#store.write('forgetHosted', { id: row.id })
        }),
      )
    }
  }

  /** Ends the looking; what is being cleaned up goes on for a moment. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer)
    await Promise.race([this.#working, delay(lastMs)])
  }
}

/** Before anybody else may take it for abandoned. */
async function inTime(work: Promise<void>): Promise<void> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new Error(`preDestroy took longer than ${longestMs} ms.`)), longestMs)
  try {
    await Promise.race([work, late.promise])
  } finally {
    clearTimeout(timer)
  }
}
