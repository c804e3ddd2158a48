import { connect, type Socket } from 'node:net'
import { type ErrorCode, errorTable } from '../../core/error-table.ts'
import { GridwrapError } from '../../core/errors.ts'
import type { ProblemLog } from '../../core/log.ts'
import { answerSchema, type LauncherAnswer, type LauncherRequest, Lines, mostLineLength } from './launcher-protocol.ts'

type Question = LauncherRequest extends infer One ? (One extends unknown ? Omit<One, 'id'> : never) : never

interface Pending {
  readonly line: string
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
}

const againMs = 200

/**
 * Asks the launcher. Everything that it is asked for may be asked again, so when it dies the questions that are open wait
 * for the next one, and are asked again.
 */
export class LauncherClient implements Disposable {
  readonly #path: string
  readonly #log: ProblemLog
  readonly #open = new Map<number, Pending>()
  #socket: Socket | undefined
  #again: NodeJS.Timeout | undefined
  #next = 0
  #told = false
  #closed = false

  constructor(path: string, log: ProblemLog) {
    this.#path = path
    this.#log = log
  }

  /** Resolves with the launcher's answer; rejects with its error, or with the signal's reason. */
  async ask(question: Question, signal?: AbortSignal): Promise<unknown> {
    signal?.throwIfAborted()
    const id = this.#next++
    const answer = Promise.withResolvers<unknown>()
    const line = `${JSON.stringify({ ...question, id })}\n`
    if (line.length > mostLineLength)
      throw new GridwrapError('invalid-input', 'The command line and environment of the program are too long.')
    this.#open.set(id, { line, resolve: answer.resolve, reject: answer.reject })
    const stop = (): void => {
      this.#open.delete(id)
      this.#socket?.write(`${JSON.stringify({ id, verb: 'stop' })}\n`)
      answer.reject(signal?.reason as Error)
    }
    signal?.addEventListener('abort', stop, { once: true })
    if (this.#socket === undefined) this.#connect()
    else this.#socket.write(line)
    try {
      return await answer.promise
    } finally {
      signal?.removeEventListener('abort', stop)
    }
  }

  [Symbol.dispose](): void {
    this.#closed = true
    clearTimeout(this.#again)
    this.#socket?.destroy()
    for (const { reject } of this.#open.values()) reject(new Error('The keeper is stopping.'))
    this.#open.clear()
  }

  #connect(): void {
    if (this.#closed || this.#socket !== undefined) return
    clearTimeout(this.#again)
    const socket = connect(this.#path)
    const lines = new Lines()
    this.#socket = socket
    socket.setEncoding('utf8')
    // Written before it is connected, it waits in the socket.
    for (const { line } of this.#open.values()) socket.write(line)
    socket.on('data', (chunk: string) => {
      try {
        for (const line of lines.push(chunk)) this.#take(answerSchema.parse(JSON.parse(line)))
      } catch (error) {
        socket.destroy(error as Error)
      }
    })
    socket.on('error', error => this.#tell(error))
    socket.once('close', () => {
      this.#socket = undefined
      if (!this.#closed) this.#again = setTimeout(() => this.#connect(), againMs)
    })
  }

  #tell(error: Error): void {
    if (this.#told) return
    this.#told = true
    this.#log.warn({ err: error }, 'the launcher cannot be reached; what it is asked for waits')
  }

  #take(answer: LauncherAnswer): void {
    this.#told = false
    const pending = this.#open.get(answer.id)
    this.#open.delete(answer.id)
    if ('error' in answer) pending?.reject(errorOf(answer.error))
    else pending?.resolve(answer.value)
  }
}

function errorOf({ message, code, errno }: Extract<LauncherAnswer, { error: unknown }>['error']): Error {
  if (code !== undefined && Object.hasOwn(errorTable, code)) return new GridwrapError(code as ErrorCode, message)
  return Object.assign(new Error(message), errno === undefined ? {} : { code: errno })
}
