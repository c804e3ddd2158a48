/** So many at a time of each who comes; the others wait their turn, and keep nobody else waiting. */
export class Turns {
  readonly #most: number
  readonly #queues = new Map<string, { taken: number; readonly waiting: (() => void)[] }>()

  constructor(most: number) {
    this.#most = most
  }

  /** Resolves when it is one's turn; disposing of it ends it. */
  async take(who: string): Promise<Disposable> {
    const queue = this.#queues.get(who) ?? { taken: 0, waiting: [] }
    this.#queues.set(who, queue)
    if (queue.taken < this.#most) queue.taken++
    else await new Promise<void>(resolve => queue.waiting.push(resolve))
    return {
      [Symbol.dispose]: () => {
        const next = queue.waiting.shift()
        if (next !== undefined) next()
        else if (--queue.taken === 0) this.#queues.delete(who)
      },
    }
  }
}
