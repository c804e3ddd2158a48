import { Worker } from 'node:worker_threads'

/**
 * Ends this process when a call takes too long: nothing else ends a call of a library, which runs on the main thread, as
 * libraries expect. So another thread looks at the clock. The signal is SIGXCPU, whose one meaning is that.
 */
export class Watchdog {
  /** 0: counts up at the beginning and at the end of a call, so it is odd during one. 1: its milliseconds. */
  readonly #shared = new Int32Array(new SharedArrayBuffer(8))

  constructor() {
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
    new Worker(new URL(`./watchdog-thread.${extension}`, import.meta.url), { workerData: this.#shared }).unref()
  }

  /** Runs a piece of work that must be over by then. */
  within<T>(milliseconds: number, work: () => T): T {
    Atomics.store(this.#shared, 1, Math.min(milliseconds, 2 ** 31 - 1))
    this.#tick()
    try {
      return work()
    } finally {
      this.#tick()
    }
  }

  #tick(): void {
    Atomics.add(this.#shared, 0, 1)
    Atomics.notify(this.#shared, 0)
  }
}
