import { Worker } from 'node:worker_threads'
import type { XPathItem, XPathReply, XPathRequest } from './xpath-worker.ts'

export type { XPathItem } from './xpath-worker.ts'

/** Why an expression has no answer: it is none, it takes too long, it selects too much, or too many others wait. */
export class XPathProblem extends Error {
  override readonly name = 'XPathProblem'
  readonly kind: 'ill-formed' | 'too-long' | 'too-much' | 'busy'

  constructor(kind: XPathProblem['kind'], message: string) {
    super(message)
    this.kind = kind
  }
}

const mostTimeMs = 2000
const mostWaiting = 100
/** A thread without work is let go after so long. */
const idleMs = 60_000

/**
 * Evaluates XPath 1.0 expressions over documents in a thread of its own, one after the other. An expression that takes
 * longer than two seconds is ended with its thread, and the next one gets another.
 */
export class XPathEvaluator implements AsyncDisposable {
  #worker: Worker | undefined
  #idle: NodeJS.Timeout | undefined
  #last: Promise<unknown> = Promise.resolve()
  #waiting = 0
  #next = 1

  /** Resolves with what is selected, in the order of the document. Rejects with {@link XPathProblem}. */
  async evaluate(
    document: string,
    expression: string,
    namespaces: Readonly<Record<string, string>>,
  ): Promise<readonly XPathItem[]> {
    if (this.#waiting >= mostWaiting) throw new XPathProblem('busy', 'too many other expressions wait')
    this.#waiting++
    const turn = this.#last.then(() => this.#run({ id: this.#next++, document, expression, namespaces }))
    this.#last = turn.catch(() => undefined)
    try {
      return await turn
    } finally {
      this.#waiting--
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#idle)
    await this.#worker?.terminate()
  }

  async #run(request: XPathRequest): Promise<readonly XPathItem[]> {
    clearTimeout(this.#idle)
    this.#worker ??= this.#start()
    const worker = this.#worker
    const answered = Promise.withResolvers<XPathReply>()
    const died = (error?: unknown): void =>
      answered.reject(error instanceof Error ? error : new Error('The thread for XPath ended.'))
    worker.once('message', answered.resolve).once('error', died).once('exit', died)
    const timer = setTimeout(() => {
      answered.reject(new XPathProblem('too-long', `it takes longer than ${mostTimeMs / 1000} s`))
    }, mostTimeMs)
    worker.postMessage(request)
    try {
      const reply = await answered.promise
      if ('problem' in reply) throw new XPathProblem(reply.problem, reply.why)
      return reply.items
    } catch (error) {
      if (!(error instanceof XPathProblem) || error.kind === 'too-long') this.#end(worker)
      throw error
    } finally {
      clearTimeout(timer)
      worker.off('message', answered.resolve).off('error', died).off('exit', died)
      this.#idle = setTimeout(() => this.#end(this.#worker), idleMs).unref()
    }
  }

  #start(): Worker {
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
    const worker = new Worker(new URL(`./xpath-worker.${extension}`, import.meta.url), {
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: 256 },
      // The library tells of each ill-formed expression there, too.
      stderr: true,
    })
    worker.stderr.resume()
    worker.unref()
    return worker
  }

  #end(worker: Worker | undefined): void {
    if (worker === undefined) return
    if (this.#worker === worker) this.#worker = undefined
    // What it still says nobody hears.
    worker.on('error', () => undefined)
    void worker.terminate()
  }
}
