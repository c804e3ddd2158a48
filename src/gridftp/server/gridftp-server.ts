import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { monotonic } from '../../core/clock.ts'
import { GridwrapError } from '../../core/errors.ts'
import { packageVersion } from '../../core/package-version.ts'
import { ReportLimit } from '../../gsi/connection-limits.ts'
import { KeyPool } from '../../gsi/key-pool.ts'
import { commandTable } from './command-table.ts'
import type { CommandHandler } from './commands/command.ts'
import { ControlConnection } from './control-connection.ts'
import { DataPort } from './data-port.ts'
import { refusalOf, type ServerReply } from './refusal.ts'
import type { ServerOptions } from './server-options.ts'
import type { Session } from './session.ts'

/** Who has not logged in by then does not mean to. */
const logInMs = 60_000

const transferring = /^(?:RETR|ERET|STOR|ESTO|APPE|MLSD|NLST|LIST)$/

/** Commands in a row that are none, after which nobody can be at the other end who means it. */
const mostBroken = 20

interface SessionState {
  loggedIn: boolean
  /** Whether a command is being done. */
  busy: boolean
}

/** A GridFTP server: control connections, each a session of its own. Files are what it is given; it opens none itself. */
export class GridFtpServer implements AsyncDisposable {
  readonly #options: ServerOptions
  readonly #server: Server
  readonly #keys = new KeyPool()
  readonly #commands: ReadonlyMap<string, CommandHandler>
  readonly #sockets = new Map<Socket, SessionState>()
  readonly #reports = new ReportLimit(10)
  #draining = false
  #whenEmpty: (() => void) | undefined

  constructor(options: ServerOptions) {
    this.#options = options
    this.#commands = commandTable(this.#keys)
    this.#server = createServer({ noDelay: true, keepAlive: true }, socket => void this.#accept(socket))
  }

  /** Begins to listen, and resolves with the real port. */
  listen(): Promise<number> {
    const { host, port } = this.#options
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen({ host, port }, () => {
        this.#server.off('error', reject)
        this.#server.on('error', () => undefined)
        resolve((this.#server.address() as AddressInfo).port)
      })
    })
  }

  /** Takes no new sessions, lets what goes on come to its end for so long, and closes. */
  async drain(ms: number): Promise<void> {
    this.#draining = true
    this.#server.close()
    const quiet = new Promise<void>(resolve => {
      this.#whenEmpty = resolve
    })
    for (const [socket, { busy }] of this.#sockets) if (!busy) socket.destroy()
    if (this.#sockets.size === 0) return
    const patience = setTimeout(() => this.#whenEmpty?.(), ms)
    await quiet
    clearTimeout(patience)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise<void>(resolve => this.#server.close(() => resolve()))
    for (const socket of this.#sockets.keys()) socket.destroy()
    this.#keys[Symbol.dispose]()
    await closed
  }

  async #accept(socket: Socket): Promise<void> {
    const { mostConnections = 1024, sessionMs = 86_400_000 } = this.#options
    socket.on('error', () => undefined)
    if (this.#sockets.size >= mostConnections && !this.#makeRoom()) {
      socket.end('421 There are too many connections; try again later.\r\n')
      return this.#report(socket, 'There are too many connections; the newest is closed.')
    }
    const state = { loggedIn: false, busy: false }
    this.#sockets.set(socket, state)
    const end = setTimeout(() => socket.destroy(), sessionMs)
    socket.once('close', () => {
      clearTimeout(end)
      this.#sockets.delete(socket)
      if (this.#sockets.size === 0) this.#whenEmpty?.()
    })
    const control = new ControlConnection(socket)
    using data = new DataPort()
    const session: Session = {
      ...{ control, options: this.#options, data },
      ...{ files: undefined, stillAdmitted: undefined, identity: undefined, subject: undefined, delegated: undefined },
      ...({ directory: '/', type: 'A', mode: 'S', protection: 'clear', authentication: 'N' } as const),
      ...{ parallelism: 1, delayedPassive: false, restart: undefined, announced: undefined, renaming: undefined },
    }
    try {
      await control.reply(220, `gridwrap ${packageVersion} GridFTP server ready.`)
      await this.#converse(session, state)
    } catch (error) {
      this.#report(socket, error instanceof Error ? error.message : String(error))
    } finally {
      await control.end()
    }
  }

  async #converse(session: Session, state: SessionState): Promise<void> {
    const { control, options } = session
    const { idleMs = 900_000 } = options
    const begun = monotonic()
    for (let broken = 0; !control.closed; ) {
      const patience = session.files === undefined ? Math.max(0, logInMs - (monotonic() - begun)) : idleMs
      const received = await control.next(patience)
      if (received === undefined) return void (await control.reply(421, 'Closed: nothing was said for too long.'))
      if ('broken' in received) {
        if (++broken > mostBroken) return void (await control.reply(421, 'Closed: that is no FTP.'))
        await control.reply(500, received.broken.message)
        continue
      }
      broken = 0
      const { verb, argument } = received.command
      if (verb === 'QUIT') return void (await control.reply(221, 'Goodbye.'))
      const gone = notAdmittedAnyMore(session)
      if (gone !== undefined) return void (await control.reply(421, `Closed: ${gone}`))
      state.busy = true
      const { code, lines, afterwards } = await this.#do(session, verb, argument)
      await control.reply(code, lines)
      state.busy = false
      afterwards?.()
      if (this.#draining) return void (await control.reply(421, 'Closed: the server is stopped.'))
      state.loggedIn = session.files !== undefined
    }
  }

  async #do(session: Session, verb: string, argument: string): Promise<ServerReply> {
    const handler = this.#commands.get(verb)
    if (handler === undefined) return { code: 500, lines: 'Command not understood.' }
    try {
      return await handler(session, argument)
    } catch (error) {
      return refusalOf(error, (fault: GridwrapError) => this.#options.onEvent?.({ kind: 'internal', fault }))
    } finally {
      // Said for one transfer, whatever became of it.
      if (transferring.test(verb)) Object.assign(session, { restart: undefined, announced: undefined })
    }
  }

  /** Of those who have not logged in the one that came first goes: who means it is through in no time. */
  #makeRoom(): boolean {
    for (const [socket, { loggedIn }] of this.#sockets) {
      if (loggedIn) continue
      this.#report(socket, 'There are too many connections; one that has not logged in is closed.')
      socket.destroy()
      return true
    }
    return false
  }

  #report(socket: Socket, reason: string): void {
    const suppressed = this.#reports.pass()
    if (suppressed === undefined) return
    const address = socket.remoteAddress ?? ''
    this.#options.onEvent?.({ kind: 'refused', address, reason, ...(suppressed > 0 ? { suppressed } : {}) })
  }
}

function notAdmittedAnyMore({ stillAdmitted }: Session): string | undefined {
  try {
    stillAdmitted?.()
    return undefined
  } catch (error) {
    return error instanceof GridwrapError ? error.message : 'you may not be here any more.'
  }
}
