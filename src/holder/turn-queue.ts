/** Calls that wait for their turn, at most. */
const mostWaiting = 32

/** One call after the other; says when nobody waits any more. */
export class TurnQueue {
  readonly #changed: (waiting: number) => void
  #turn: Promise<unknown> = Promise.resolve()
  #waiting = 0

  /** `changed` is told whenever a call comes or is over. */
  constructor(changed: (waiting: number) => void = () => undefined) {
    this.#changed = changed
  }

  get waiting(): number {
    return this.#waiting
  }

  /** Undefined when too many wait already. */
  async take<T>(work: () => Promise<T>): Promise<T | undefined> {
    if (this.#waiting >= mostWaiting) return undefined
    this.#changed(++this.#waiting)
    const answer = this.#turn.then(work)
    this.#turn = answer.catch(() => undefined)
    try {
      return await answer
    } finally {
      this.#changed(--this.#waiting)
    }
  }

  /** Resolves when those that wait now are over. */
  async settled(): Promise<void> {
    await this.#turn
  }
}
