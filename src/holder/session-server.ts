import { chmodSync, mkdirSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { dirname, join, normalize } from 'node:path'
import { encodeFrame, FrameReader } from './frames.ts'
import { Interpreter } from './interpreter.ts'
import {
  asleepCode,
  notLoadedCode,
  type SessionConfig,
  sessionFolder,
  socketName,
  unresponsiveCode,
} from './session-config.ts'
import { type EvaluateRequest, requestSchema, type SessionAnswer } from './session-protocol.ts'

/** Calls that wait for their turn. */
const mostWaiting = 32
const saveTimeoutMs = 10 * 60_000

/** Holds one interpreter for callers that come and go: one evaluation after the other, until nobody comes any more. */
export class SessionServer {
  readonly #config: SessionConfig
  readonly #interpreter: Interpreter
  readonly #server: Server
  #turn: Promise<unknown> = Promise.resolve()
  #waiting = 0
  #idle: NodeJS.Timeout | undefined
  #asleep = false

  constructor(config: SessionConfig) {
    this.#config = config
    mkdirSync(sessionFolder, { recursive: true, mode: 0o770 })
    this.#interpreter = new Interpreter(config)
    this.#server = createServer(socket => this.#serve(socket))
  }

  /** Resolves with the code that the holder is to end with. */
  async run(): Promise<number> {
    const { load } = this.#config
    if (load !== undefined) {
      const { messages, broken } = await this.#interpreter.evaluate(load, saveTimeoutMs)
      if (broken !== undefined) {
        writeSync(2, `gridwrap: what was saved could not be loaded: ${messages}\n`)
        this.#interpreter.kill()
        return notLoadedCode
      }
    }
    await this.#listen()
    this.#rest()
    const { code, signal } = await this.#interpreter.ended
    // Who waits is told first.
    await this.#turn
    this.#server.close()
    if (this.#asleep) return asleepCode
    if (this.#interpreter.unresponsive) return unresponsiveCode
    if (signal !== null) process.kill(process.pid, signal)
    return code ?? 1
  }

  /** Ends the interpreter, and so the holder. */
  end(): void {
    this.#interpreter.kill()
  }

  async #listen(): Promise<void> {
    // Relative, because the whole path may be longer than a socket's may be (unix(7)).
    const path = join(sessionFolder, socketName)
    rmSync(path, { force: true })
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(path, resolve)
    })
    chmodSync(path, 0o660)
  }

  #serve(socket: Socket): void {
    const reader = new FrameReader()
    let asked: EvaluateRequest | undefined
    socket.on('error', () => socket.destroy())
    socket.on('data', (chunk: Buffer) => {
      try {
        reader.push(chunk)
        asked ??= this.#begin(reader.message(), socket)
        if (asked === undefined) return
        const total = asked.files.reduce((sum, file) => sum + file.size, 0)
        const bytes = reader.bytes(total)
        if (bytes === undefined) return
        const request = asked
        asked = undefined
        this.#answer(
          socket,
          this.#enqueue(() => this.#evaluate(request, bytes)),
        )
      } catch (error) {
        writeSync(2, `gridwrap: a call of the session was no call: ${(error as Error).message}\n`)
        socket.destroy()
      }
    })
  }

  /** Answers what needs no bytes; returns what does. */
  #begin(message: unknown, socket: Socket): EvaluateRequest | undefined {
    if (message === undefined) return undefined
    const request = requestSchema.parse(message)
    switch (request.verb) {
      case 'evaluate':
        return request
      case 'interrupt':
        this.#interpreter.interrupt()
        this.#answer(socket, Promise.resolve({ done: true }))
        return undefined
      case 'save': {
        const { save } = this.#config
        const saving =
          save === undefined
            ? Promise.resolve({ refused: 'not-savable' } as const)
            : this.#enqueue(async () => ({ evaluation: await this.#interpreter.evaluate(save, request.timeout) }))
        this.#answer(socket, saving)
        return undefined
      }
    }
  }

  #answer(socket: Socket, answer: Promise<SessionAnswer>): void {
    answer.then(
      one => socket.end(encodeFrame(one)),
      (error: unknown) => {
        writeSync(2, `gridwrap: ${(error as Error).message}\n`)
        socket.destroy()
      },
    )
  }

  async #evaluate({ code, files, remove, timeout }: EvaluateRequest, bytes: Buffer): Promise<SessionAnswer> {
    for (const name of remove) rmSync(inside(name), { recursive: true, force: true })
    let position = 0
    for (const { name, size } of files) {
      mkdirSync(dirname(inside(name)), { recursive: true })
      rmSync(inside(name), { force: true })
      writeFileSync(inside(name), bytes.subarray(position, position + size), { flag: 'wx' })
      position += size
    }
    return { evaluation: await this.#interpreter.evaluate(code, timeout) }
  }

  /** One after the other. Resolves with why not when it goes to sleep, or too many wait. */
  async #enqueue(work: () => Promise<SessionAnswer>): Promise<SessionAnswer> {
    if (this.#asleep) return { refused: 'asleep' }
    if (this.#waiting >= mostWaiting) return { refused: 'busy' }
    this.#waiting++
    clearTimeout(this.#idle)
    const answer = this.#turn.then(work)
    this.#turn = answer.catch(() => undefined)
    try {
      return await answer
    } finally {
      this.#waiting--
      if (this.#waiting === 0) this.#rest()
    }
  }

  /** Nobody calls: after a while what it has reached is saved, and it ends. */
  #rest(): void {
    const { idleMs, save } = this.#config
    if (idleMs === undefined || save === undefined) return
    clearTimeout(this.#idle)
    this.#idle = setTimeout(() => void this.#sleep(save), idleMs)
  }

  async #sleep(save: string): Promise<void> {
    if (this.#waiting > 0 || this.#asleep) return
    this.#asleep = true
    const { broken, messages } = await this.#interpreter.evaluate(save, saveTimeoutMs)
    if (broken === undefined) {
      this.#interpreter.kill()
      return
    }
    writeSync(2, `gridwrap: the session could not be saved, and goes on: ${messages}\n`)
    this.#asleep = false
  }
}

/** A name in the working directory, as the plan of a call has it. */
function inside(name: string): string {
  if (normalize(name) !== name || name.startsWith('/') || name.startsWith('..'))
    throw new RangeError(`${JSON.stringify(name)} is no name in the working directory.`)
  return name
}
