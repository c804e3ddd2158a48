import { GridwrapError } from '../core/errors.ts'

/** Calls of one object that wait for their turn. */
const mostWaiting = 200

interface Line {
  last: Promise<unknown>
  waiting: number
}

/** Work on one thing after the other, for any number of things. */
export class Turns {
  readonly #lines = new Map<string, Line>()

  /** Whether somebody works on it, or waits to. */
  busy(id: string): boolean {
    return this.#lines.has(id)
  }

  /**
   * Does some work when it is its turn. What is not wanted any more by then is not begun. Throws GridwrapError (`busy`) when
   * too many wait.
   */
  async take<T>(id: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    const line = this.#lines.get(id) ?? { last: Promise.resolve(), waiting: 0 }
    this.#lines.set(id, line)
    if (line.waiting >= mostWaiting)
      throw new GridwrapError('busy', `${mostWaiting} calls wait for this service.`, {
        hint: 'Call again in a moment.',
        detail: { retryAfterSeconds: 2 },
      })
    line.waiting++
    const turn = line.last.then(() => {
      if (signal?.aborted === true) throw new GridwrapError('busy', 'The call was given up before its turn came.')
      return work()
    })
    line.last = turn.catch(() => undefined)
    try {
      return await turn
    } finally {
      line.waiting--
      if (line.waiting === 0) this.#lines.delete(id)
    }
  }
}
