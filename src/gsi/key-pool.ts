import { generateKeyPair, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'

const makeKeyPair = promisify(generateKeyPair)

/**
 * RSA keys made ahead, on libuv's thread pool: making one takes a quarter of a second, which a client that delegates
 * would otherwise wait for. RSA of at least 2048 bits, because Globus servers size their own keys after a peer's.
 */
export class KeyPool {
  readonly #size: number
  readonly #bits: number
  readonly #ready: KeyObject[] = []
  #making = 0
  #closed = false

  /** `size` keys are kept ready; making them begins with the first that is taken. */
  constructor({ size = 4, bits = 2048 }: { readonly size?: number; readonly bits?: number } = {}) {
    this.#size = size
    this.#bits = bits
  }

  /** A private key that nobody else gets; its public half goes with it. */
  async take(): Promise<KeyObject> {
    const key = this.#ready.pop()
    this.#refill()
    return key ?? (await makeKeyPair('rsa', { modulusLength: this.#bits })).privateKey
  }

  [Symbol.dispose](): void {
    this.#closed = true
    this.#ready.length = 0
  }

  /** One at a time: a burst of delegations must not take every thread of the pool, on which files are read, too. */
  #refill(): void {
    if (this.#closed || this.#making > 0 || this.#ready.length >= this.#size) return
    this.#making++
    void makeKeyPair('rsa', { modulusLength: this.#bits })
      .then(({ privateKey }) => {
        if (!this.#closed) this.#ready.push(privateKey)
      })
      // Whoever needs one then makes it, and is told why that fails.
      .catch(() => undefined)
      .finally(() => {
        this.#making--
        this.#refill()
      })
  }
}
