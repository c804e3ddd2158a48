/** Connections that are ready and that nobody has taken yet; and those who wait for one. */
export class AcceptQueue<T> {
  readonly #most: number
  readonly #drop: (one: T) => void
  readonly #ready: T[] = []
  readonly #waiting = new Set<PromiseWithResolvers<T>>()
  #closed = false

  /** `drop` ends those beyond `most`, and those that are left at the end. */
  constructor(most: number, drop: (one: T) => void) {
    this.#most = most
    this.#drop = drop
  }

  put(one: T): void {
    const [first] = this.#waiting
    if (first !== undefined) {
      this.#waiting.delete(first)
      first.resolve(one)
    } else if (this.#closed || this.#ready.length >= this.#most) this.#drop(one)
    else this.#ready.push(one)
  }

  /** The next one. Rejects with the signal's reason, and when there will be none. */
  async take(signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted()
    const one = this.#ready.shift()
    if (one !== undefined) return one
    if (this.#closed) throw new Error('The server is closed.')
    const waiting = Promise.withResolvers<T>()
    this.#waiting.add(waiting)
    const stop = (): void => {
      this.#waiting.delete(waiting)
      waiting.reject(signal?.reason)
    }
    signal?.addEventListener('abort', stop, { once: true })
    try {
      return await waiting.promise
    } finally {
      signal?.removeEventListener('abort', stop)
    }
  }

  close(): void {
    this.#closed = true
    for (const one of this.#ready.splice(0)) this.#drop(one)
    for (const waiting of this.#waiting) waiting.reject(new Error('The server is closed.'))
    this.#waiting.clear()
  }
}
