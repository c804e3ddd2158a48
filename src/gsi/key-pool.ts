import { generateKeyPair, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import { GridwrapError } from '../core/errors.ts'

const makeKeyPair = promisify(generateKeyPair)

/**
 * RSA keys made ahead, on libuv's thread pool: making one takes a quarter of a second, which a client that delegates
 * would otherwise wait for. RSA of at least 2048 bits, because Globus servers size their own keys after a peer's.
 */
export class KeyPool {
  readonly #size: number
  readonly #bits: number
  readonly #ready: KeyObject[] = []
  readonly #waiting: PromiseWithResolvers<KeyObject>[] = []
  #making = 0
  #closed = false
  #decoy: Promise<KeyObject> | undefined

  /** `size` keys are kept ready; making them begins with the first that is taken. */
  constructor({ size = 4, bits = 2048 }: { readonly size?: number; readonly bits?: number } = {}) {
    this.#size = size
    this.#bits = bits
  }

  /** A private key that nobody else gets; its public half goes with it. Rejects when no more can wait, and at the end. */
  async take(): Promise<KeyObject> {
    const key = this.#ready.pop()
    if (key !== undefined) {
      this.#refill()
      return key
    }
    if (this.#closed || this.#waiting.length >= mostWaiting) throw tooMany()
    const waiting = Promise.withResolvers<KeyObject>()
    this.#waiting.push(waiting)
    this.#refill()
    return waiting.promise
  }

  /** A key for those whose delegation is taken only to be thrown away: always the same one. */
  decoy(): Promise<KeyObject> {
    this.#decoy ??= this.#make()
    return this.#decoy
  }

  [Symbol.dispose](): void {
    this.#closed = true
    this.#ready.length = 0
    for (const waiting of this.#waiting.splice(0)) waiting.reject(tooMany())
  }

  async #make(): Promise<KeyObject> {
    return (await makeKeyPair('rsa', { modulusLength: this.#bits })).privateKey
  }

  /** Two at a time at most: a burst of delegations must not take every thread of the pool, on which files are read, too. */
  #refill(): void {
    const wanted = this.#waiting.length + this.#size - this.#ready.length
    if (this.#closed || this.#making >= mostMakers || this.#making >= wanted) return
    this.#making++
    this.#make()
      .then(key => {
        const waiting = this.#waiting.shift()
        if (waiting !== undefined) waiting.resolve(key)
        else if (!this.#closed) this.#ready.push(key)
      })
      .catch((error: unknown) => this.#waiting.shift()?.reject(error))
      .finally(() => {
        this.#making--
        this.#refill()
      })
    this.#refill()
  }
}

const mostMakers = 2
const mostWaiting = 64

const tooMany = (): GridwrapError =>
  new GridwrapError('busy', 'More credentials are being delegated than keys can be made.', {
    hint: 'Try again in a moment.',
    detail: { retryAfterSeconds: 5 },
  })
