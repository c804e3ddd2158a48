import { type ChildProcess, fork } from 'node:child_process'
import type { ErrorCode } from '../core/error-table.ts'
import { GridwrapError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'

/** How an agent is started, and what it is for: the end of "the process that …". */
export interface AgentProgram {
  readonly file: string
  readonly arguments: readonly string[]
  readonly purpose: string
  /** Variables that it has besides those of this process. */
  readonly environment?: Readonly<Record<string, string>>
}

/** What an agent says of something that it was asked: how far it is, again and again, then how it ended. */
export type AgentAnswer<Result, Progress = never> =
  | { readonly id: number; readonly kind: 'progress'; readonly progress: Progress }
  | { readonly id: number; readonly kind: 'done'; readonly result: Result }
  | { readonly id: number; readonly kind: 'failed'; readonly code: ErrorCode; readonly message: string }

/** What every agent understands besides its own requests. */
export interface StopRequest {
  readonly verb: 'stop'
  readonly id: number
}

interface Asked<Result, Progress> {
  readonly done: PromiseWithResolvers<Result>
  readonly onProgress: (progress: Progress) => void
}

/**
 * The keeper's end of an unprivileged process that parses what others send: started with the first request, and again
 * when it has died. What was under way then fails as something that may go well another time.
 */
export class AgentProcess<Request extends object, Result, Progress = never> implements AsyncDisposable {
  readonly #program: AgentProgram
  readonly #log: Log
  readonly #asked = new Map<number, Asked<Result, Progress>>()
  #child: ChildProcess | undefined
  #last = 0
  #closed = false

  constructor(program: AgentProgram, log: Log) {
    this.#program = program
    this.#log = log
  }

  /** Asks for one thing. Rejects with GridwrapError; with the signal's reason when it is aborted. */
  async ask(
    request: Request,
    signal: AbortSignal,
    onProgress: (progress: Progress) => void = () => undefined,
  ): Promise<Result> {
    signal.throwIfAborted()
    const child = this.#start()
    const id = ++this.#last
    const done = Promise.withResolvers<Result>()
    this.#asked.set(id, { done, onProgress })
    const stop = (): void => {
      if (child.connected) child.send({ verb: 'stop', id } satisfies StopRequest)
      // Whether it follows or not: what it still says of this nobody hears.
      done.reject(signal.reason)
    }
    signal.addEventListener('abort', stop, { once: true })
    child.send({ ...request, id }, error => {
      if (error !== null) done.reject(this.#died())
    })
    try {
      return await done.promise
    } finally {
      signal.removeEventListener('abort', stop)
      this.#asked.delete(id)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    const child = this.#child
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const gone = new Promise<void>(resolve => child.once('exit', () => resolve()))
    if (child.connected) child.disconnect()
    const timer = setTimeout(() => child.kill('SIGKILL'), 3000)
    await gone
    clearTimeout(timer)
  }

  #start(): ChildProcess {
    if (this.#closed) throw this.#died()
    if (this.#child !== undefined) return this.#child
    const { file, purpose, environment } = this.#program
    const child = fork(file, [...this.#program.arguments], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      env: { ...process.env, ...environment },
    })
    this.#child = child
    child.on('message', (answer: AgentAnswer<Result, Progress>) => this.#take(answer))
    child.once('exit', (code, signal) => {
      this.#child = undefined
      if (!this.#closed) this.#log.error({ code, signal }, `the process that ${purpose} died; it is started again`)
      for (const { done } of this.#asked.values()) done.reject(this.#died())
    })
    child.on('error', error => {
      this.#log.error({ err: error }, `the process that ${purpose} cannot be spoken to`)
      // One that was never there does not exit.
      if (child.pid !== undefined) return
      this.#child = undefined
      for (const { done } of this.#asked.values()) done.reject(this.#died())
    })
    return child
  }

  #take(answer: AgentAnswer<Result, Progress>): void {
    const asked = this.#asked.get(answer.id)
    switch (answer.kind) {
      case 'progress':
        asked?.onProgress(answer.progress)
        return
      case 'done':
        asked?.done.resolve(answer.result)
        return
      case 'failed':
        asked?.done.reject(new GridwrapError(answer.code, answer.message))
    }
  }

  #died(): GridwrapError {
    return new AgentInterrupted(this.#program.purpose)
  }
}

/** An agent went away: nobody is to blame, and it is tried again. */
export class AgentInterrupted extends GridwrapError {
  constructor(purpose: string) {
    super('busy', `The process that ${purpose} was interrupted.`)
  }
}
