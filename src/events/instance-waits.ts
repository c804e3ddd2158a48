import type { EventRow } from '../store/rows.ts'

type Wake = () => void

/** Callers that wait for something to happen to an instance. Fed by the event cursor of the process. */
export class InstanceWaits {
  readonly #waiting = new Map<string, Set<Wake>>()

  /** Wakes those who wait for the instances of these events. */
  notice(events: readonly EventRow[]): void {
    for (const { instance } of events) {
      const wakes = this.#waiting.get(instance)
      if (wakes === undefined) continue
      this.#waiting.delete(instance)
      for (const wake of wakes) wake()
    }
  }

  /**
   * Asks `look` again after every event of the instance until it answers, or until the time is over or the signal is
   * aborted; then undefined. Looks once more after registering, so that nothing falls between.
   */
  async until<T>(
    id: string,
    milliseconds: number,
    look: () => Promise<T | undefined>,
    signal?: AbortSignal,
  ): Promise<T | undefined> {
    const end = performance.now() + milliseconds
    for (;;) {
      const changed = this.#next(id, end - performance.now(), signal)
      try {
        const found = await look()
        if (found !== undefined) return found
        if ((await changed.promise) === 'over') return undefined
      } finally {
        changed.cancel()
      }
    }
  }

  #next(
    id: string,
    milliseconds: number,
    signal: AbortSignal | undefined,
  ): { promise: Promise<'event' | 'over'>; cancel: () => void } {
    const { promise, resolve } = Promise.withResolvers<'event' | 'over'>()
    if (milliseconds <= 0 || signal?.aborted === true) return { promise: Promise.resolve('over'), cancel: () => {} }
    const wakes = this.#waiting.get(id) ?? new Set<Wake>()
    this.#waiting.set(id, wakes)
    const settle = (how: 'event' | 'over'): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
      wakes.delete(wake)
      if (wakes.size === 0 && this.#waiting.get(id) === wakes) this.#waiting.delete(id)
      resolve(how)
    }
    const wake = (): void => settle('event')
    const abort = (): void => settle('over')
    const timer = setTimeout(abort, Math.min(milliseconds, 2 ** 31 - 1))
    signal?.addEventListener('abort', abort, { once: true })
    wakes.add(wake)
    return { promise, cancel: abort }
  }
}
