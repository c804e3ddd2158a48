interface Waiting {
  readonly owner: string
  readonly turn: PromiseWithResolvers<void>
}

/**
 * So many at once, and none for one alone: whoever has the fewest under way comes next, and of several places one is never
 * taken by somebody who has all the others. Who fills the places with what never ends keeps himself waiting.
 */
export class FairTurns {
  readonly #most: number
  readonly #running = new Map<string, number>()
  #waiting: Waiting[] = []
  #taken = 0

  constructor(most: number) {
    this.#most = most
  }

  /** Waits for a place. Rejects with the signal's reason, and when there will be none. */
  async take(owner: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    const waiting = { owner, turn: Promise.withResolvers<void>() }
    this.#waiting.push(waiting)
    const stop = (): void => {
      this.#waiting = this.#waiting.filter(one => one !== waiting)
      waiting.turn.reject(signal.reason)
    }
    signal.addEventListener('abort', stop, { once: true })
    this.#next()
    try {
      await waiting.turn.promise
    } finally {
      signal.removeEventListener('abort', stop)
    }
  }

  /** Gives a place back. */
  give(owner: string): void {
    const left = this.#count(owner) - 1
    if (left > 0) this.#running.set(owner, left)
    else this.#running.delete(owner)
    this.#taken--
    this.#next()
  }

  /** Nobody gets a place any more. */
  close(): void {
    for (const { turn } of this.#waiting.splice(0)) turn.reject(new Error('It is stopped.'))
  }

  #next(): void {
    while (this.#taken < this.#most) {
      let first: Waiting | undefined
      for (const one of this.#waiting)
        if (first === undefined || this.#count(one.owner) < this.#count(first.owner)) first = one
      if (first === undefined) return
      // The last place is kept for somebody else.
      if (this.#most > 1 && this.#count(first.owner) >= this.#most - 1) return
      this.#waiting = this.#waiting.filter(one => one !== first)
      this.#running.set(first.owner, this.#count(first.owner) + 1)
      this.#taken++
      first.turn.resolve()
    }
  }

  #count(owner: string): number {
    return this.#running.get(owner) ?? 0
  }
}
