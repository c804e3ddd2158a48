import { Worker } from 'node:worker_threads'
import { GridwrapError } from '../core/errors.ts'
import type { WriteReply, WriteRequest } from './writer-worker.ts'
import type { WriteArgs, WriteName, WriteResult } from './writes/table.ts'

/**
 * The writing side of the store: one thread a process with group commit, so that waiting for the disk never blocks the
 * event loop and many callers share one fsync. A resolved promise means: committed. A thread that dies fails the writes
 * it had, and the next write starts another.
 */
export class Writer implements AsyncDisposable {
  readonly #file: string
  readonly #waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>()
  #worker: Worker | undefined
  readonly #committed: () => void
  #telling = false
  #next = 1
  #closed = false

  /** `committed` is told after commits, once for those of one turn: the moment to hint other processes. */
  constructor(file: string, committed: () => void = () => {}) {
    this.#file = file
    this.#committed = committed
    this.#worker = this.#start()
  }

  /**
   * Runs one write. Resolves after the commit; rejects with the reason when nothing was changed, which is GridwrapError
   * `busy` when there was no room, or no turn for half a minute.
   */
  run<K extends WriteName>(name: K, args: WriteArgs<K>): Promise<WriteResult<K>> {
    if (this.#closed) return Promise.reject(new Error('The store is closed.'))
    this.#worker ??= this.#start()
    const worker = this.#worker
    const id = this.#next++
    return new Promise<WriteResult<K>>((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as (value: unknown) => void, reject })
      worker.postMessage({ id, name, args } satisfies WriteRequest)
    })
  }

  /** Lets what was asked for be written, then ends the thread. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    const worker = this.#worker
    if (worker === undefined) return
    const ended = new Promise(resolve => worker.once('exit', resolve))
    worker.postMessage('close')
    await ended
  }

  #start(): Worker {
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
    const worker = new Worker(new URL(`./writer-worker.${extension}`, import.meta.url), {
      workerData: { file: this.#file },
      execArgv: [],
    })
    let reason = new Error('The store is closed.')
    worker.on('message', (reply: WriteReply) => this.#answer(reply))
    worker.on('error', error => {
      reason = error instanceof Error ? error : new Error(String(error))
    })
    worker.on('exit', () => {
      this.#worker = undefined
      for (const { reject } of this.#waiting.values()) reject(reason)
      this.#waiting.clear()
    })
    return worker
  }

  #answer(reply: WriteReply): void {
    const caller = this.#waiting.get(reply.id)
    this.#waiting.delete(reply.id)
    if ('error' in reply) caller?.reject(refusal(reply))
    else caller?.resolve(reply.value)
    if (this.#telling) return
    this.#telling = true
    setImmediate(() => {
      this.#telling = false
      this.#committed()
    })
  }
}

function refusal({ error, passing }: Extract<WriteReply, { error: string }>): Error {
  const cause = new Error(`The store refused a write: ${error}`)
  if (!passing) return cause
  return new GridwrapError('busy', 'The container cannot write this down now, so nothing was done.', {
    hint: 'Try again later; if that does not help, tell the administrator of the container that its store is full or locked.',
    detail: { retryAfterSeconds: 10 },
    cause,
  })
}
