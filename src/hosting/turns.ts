import { GridwrapError } from '../core/errors.ts'

/** Calls of one object that wait for their turn, and how long one waits at most. */
const mostWaiting = 200
const patienceMs = 60_000

interface Line {
  /** The last that had, or waits for, the turn alone. */
  alone: Promise<unknown>
  /** Those that share the turn after it. */
  sharing: Set<Promise<unknown>>
  /** Those that work or wait. */
  count: number
}

/**
 * Turns at things, in the order in which they are asked for: alone, or shared with others that only look. What does not get
 * its turn in time, or is not wanted any more by then, is not begun.
 */
export class Turns {
  readonly #lines = new Map<string, Line>()

  /** Whether somebody works on it, or waits to. */
  busy(id: string): boolean {
    return this.#lines.has(id)
  }

  /** Does some work while nobody else does any. Throws GridwrapError (`busy`). */
  async take<T>(id: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    const line = this.#enter(id)
    const before = Promise.allSettled([line.alone, ...line.sharing])
    return await this.#wait(id, line, before, signal, work, turn => {
      line.alone = turn
      line.sharing = new Set()
    })
  }

  /** Does some work beside others that are done so, while none is done alone. Throws GridwrapError (`busy`). */
  async share<T>(id: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    const line = this.#enter(id)
    const before = Promise.allSettled([line.alone])
    return await this.#wait(id, line, before, signal, work, turn => {
      line.sharing.add(turn)
      void turn.then(() => line.sharing.delete(turn))
    })
  }

  #enter(id: string): Line {
    const line = this.#lines.get(id) ?? { alone: Promise.resolve(), sharing: new Set(), count: 0 }
    this.#lines.set(id, line)
    if (line.count >= mostWaiting) throw waited(`${mostWaiting} calls wait for this service.`)
    line.count++
    return line
  }

  async #wait<T>(
    id: string,
    line: Line,
    before: Promise<unknown>,
    signal: AbortSignal | undefined,
    work: () => Promise<T>,
    stand: (turn: Promise<unknown>) => void,
  ): Promise<T> {
    const given = Promise.withResolvers<T>()
    let state: 'waiting' | 'working' | 'gone' = 'waiting'
    const leave = (): void => {
      line.count--
      if (line.count === 0 && this.#lines.get(id) === line) this.#lines.delete(id)
    }
    const giveUp = (why: string) => (): void => {
      if (state !== 'waiting') return
      state = 'gone'
      leave()
      given.reject(waited(why))
    }
    const hungUp = giveUp('The call was given up before its turn came.')
    const timer = setTimeout(giveUp('The calls before this one take too long.'), patienceMs)
    signal?.addEventListener('abort', hungUp, { once: true })
    if (signal?.aborted === true) hungUp()
    // Those behind wait for the work itself, also when nobody waits for its result any more.
    stand(
      before.then(async () => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', hungUp)
        if (state !== 'waiting') return
        state = 'working'
        try {
          given.resolve(await work())
        } catch (error) {
          given.reject(error as Error)
        } finally {
          leave()
        }
      }),
    )
    return await given.promise
  }
}

const waited = (why: string): GridwrapError =>
  new GridwrapError('busy', why, { hint: 'Call again in a moment.', detail: { retryAfterSeconds: 2 } })
