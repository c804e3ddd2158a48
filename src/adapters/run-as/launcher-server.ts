import { chmod, rm } from 'node:fs/promises'
import { createServer, type Server, type Socket } from 'node:net'
import { z } from 'zod'
import { GridwrapError } from '../../core/errors.ts'
import type { ProblemLog } from '../../core/log.ts'
import type { AttemptLauncher } from './attempt-launcher.ts'
import { type LauncherAnswer, type LauncherRequest, Lines, requestSchema } from './launcher-protocol.ts'

/** Of one keeper; another one may come before the first is seen gone. */
const mostConnections = 8

const identified = z.object({ id: z.number() })

/**
 * Answers the keeper at a socket that only the container's account can reach. Requests are answered in whatever order
 * they are done; who connects again asks again.
 */
export class LauncherServer implements AsyncDisposable {
  readonly #server: Server
  readonly #launcher: AttemptLauncher
  readonly #schema: ReturnType<typeof requestSchema>
  readonly #log: ProblemLog
  readonly #sockets = new Set<Socket>()

  private constructor(launcher: AttemptLauncher, instancesRoot: string, log: ProblemLog) {
    this.#launcher = launcher
    this.#schema = requestSchema(instancesRoot)
    this.#log = log
    this.#server = createServer(socket => this.#serve(socket))
    this.#server.maxConnections = mostConnections
  }

  static async listen(
    path: string,
    launcher: AttemptLauncher,
    instancesRoot: string,
    log: ProblemLog,
  ): Promise<LauncherServer> {
    const own = new LauncherServer(launcher, instancesRoot, log)
    // One that was killed left it.
    await rm(path, { force: true })
    await new Promise<void>((resolve, reject) => {
      own.#server.once('error', reject)
      own.#server.listen(path, resolve)
    })
    await chmod(path, 0o600)
    return own
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise<void>(resolve => this.#server.close(() => resolve()))
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket)
    const lines = new Lines()
    const stops = new Map<number, AbortController>()
    socket.setEncoding('utf8')
    socket.on('error', () => undefined)
    socket.once('close', () => {
      this.#sockets.delete(socket)
      for (const stop of stops.values()) stop.abort(new Error('The keeper is gone.'))
    })
    socket.on('data', (chunk: string) => {
      try {
        for (const line of lines.push(chunk)) this.#take(line, socket, stops)
      } catch (error) {
        this.#log.error({ err: error }, 'what the launcher was told is no message')
        socket.destroy()
      }
    })
  }

  #take(line: string, socket: Socket, stops: Map<number, AbortController>): void {
    const asked: unknown = JSON.parse(line)
    const { data: request, error } = this.#schema.safeParse(asked)
    if (request === undefined) {
      const { id } = identified.parse(asked)
      this.#log.error({ err: error }, 'the launcher was asked for what it does not do')
      write(socket, { id, error: { message: `The launcher does not do that: ${z.prettifyError(error)}` } })
      return
    }
    if (request.verb === 'stop') {
      stops.get(request.id)?.abort(new Error('Nobody waits for it any more.'))
      return
    }
    const stop = new AbortController()
    stops.set(request.id, stop)
    void this.#answer(request, stop.signal).then(answer => {
      stops.delete(request.id)
      write(socket, answer)
    })
  }

  async #answer(request: LauncherRequest, signal: AbortSignal): Promise<LauncherAnswer> {
    const { id } = request
    try {
      return { id, value: await this.#launcher.do(request, signal) }
    } catch (error) {
      const { message } = error as Error
      if (error instanceof GridwrapError) return { id, error: { message, code: error.code } }
      const { code } = error as NodeJS.ErrnoException
      return { id, error: { message, ...(typeof code === 'string' ? { errno: code } : {}) } }
    }
  }
}

const write = (socket: Socket, answer: LauncherAnswer): void => {
  if (!socket.destroyed) socket.write(`${JSON.stringify(answer)}\n`)
}
