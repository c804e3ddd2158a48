import { mkdirSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { dirname, normalize } from 'node:path'
import { findState, sameState } from '../files/saved-state.ts'
import { type CallAnswer, CallServer } from './call-server.ts'
import { Interpreter } from './interpreter.ts'
import { asleepCode, notLoadedCode, type SessionConfig, sessionFolder, unresponsiveCode } from './session-config.ts'
import { errorIn } from './session-error.ts'
import {
  type EvaluateRequest,
  type Evaluation,
  requestSchema,
  type SessionAnswer,
  type SessionRequest,
} from './session-protocol.ts'
import { TurnQueue } from './turn-queue.ts'

const saveTimeoutMs = 10 * 60_000

/** Holds one interpreter for callers that come and go: one evaluation after the other, until nobody comes any more. */
export class SessionServer {
  readonly #config: SessionConfig
  readonly #interpreter: Interpreter
  readonly #server: CallServer<SessionRequest>
  readonly #queue = new TurnQueue(waiting => {
    if (waiting === 0) this.#rest()
    else clearTimeout(this.#idle)
  })
  #idle: NodeJS.Timeout | undefined
  #asleep = false

  constructor(config: SessionConfig) {
    this.#config = config
    mkdirSync(sessionFolder, { recursive: true, mode: 0o770 })
    this.#interpreter = new Interpreter(config)
    this.#server = new CallServer({
      parse: message => requestSchema.parse(message),
      bytesOf: request => (request.verb === 'evaluate' ? request.files.reduce((sum, file) => sum + file.size, 0) : 0),
      answer: (request, bytes) => this.#answer(request, bytes),
    })
  }

  /** Resolves with the code that the holder is to end with. */
  async run(): Promise<number> {
    const { load } = this.#config
    if (load !== undefined) {
      const done = await this.#interpreter.evaluate(load, saveTimeoutMs)
      const problem = this.#problemIn(done)
      if (problem !== undefined) {
        writeSync(2, `gridwrap: what was saved could not be loaded: ${problem}\n`)
        this.#interpreter.kill()
        return notLoadedCode
      }
    }
    await this.#server.listen()
    this.#rest()
    const { code, signal } = await this.#interpreter.ended
    // Who waits is told first.
    await this.#queue.settled()
    await this.#server.close()
    if (this.#asleep) return asleepCode
    if (this.#interpreter.unresponsive) return unresponsiveCode
    if (signal !== null) process.kill(process.pid, signal)
    // This code is ours.
    return code === null || code === asleepCode ? 1 : code
  }

  /** Ends the interpreter, and so the holder. */
  end(): void {
    this.#interpreter.kill()
  }

  async #answer(request: SessionRequest, bytes: Buffer): Promise<CallAnswer> {
    return { message: await this.#answerTo(request, bytes) }
  }

  async #answerTo(request: SessionRequest, bytes: Buffer): Promise<SessionAnswer> {
    const { save } = this.#config
    switch (request.verb) {
      case 'interrupt':
        this.#interpreter.interrupt()
        return { done: true }
      case 'save':
        if (save === undefined) return { refused: 'not-savable' }
        return this.#inTurn(async () => {
          const problem = await this.#save(save, request.timeout)
          return problem === undefined ? { saved: true } : { problem }
        })
      case 'evaluate':
        return this.#inTurn(() => this.#evaluate(request, bytes))
    }
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

  /** Why it was not saved: the code says so, or there is no state that was not there before. Undefined: it was. */
  async #save(code: string, timeout: number): Promise<string | undefined> {
    const before = await findState('.', this.#config.state)
    const problem = this.#problemIn(await this.#interpreter.evaluate(code, timeout))
    if (problem !== undefined) return problem
    const after = await findState('.', this.#config.state)
    return after === undefined || sameState(before, after) ? 'the code that saves it has written no state' : undefined
  }

  #problemIn(done: Evaluation): string | undefined {
    return done.broken === undefined ? errorIn(this.#config.error, done) : `it was broken off (${done.broken})`
  }

  /** One after the other. Resolves with why not when it goes to sleep, or too many wait. */
  async #inTurn(work: () => Promise<SessionAnswer>): Promise<SessionAnswer> {
    if (this.#asleep) return { refused: 'asleep' }
    return (await this.#queue.take(work)) ?? { refused: 'busy' }
  }

  /** Nobody calls: after a while what it has reached is saved, and it ends. */
  #rest(): void {
    const { idleMs, save } = this.#config
    if (idleMs === undefined || save === undefined) return
    clearTimeout(this.#idle)
    this.#idle = setTimeout(() => void this.#sleep(save), idleMs)
  }

  async #sleep(save: string): Promise<void> {
    if (this.#queue.waiting > 0 || this.#asleep) return
    this.#asleep = true
    const problem = await this.#save(save, saveTimeoutMs)
    if (problem === undefined) {
      this.#interpreter.kill()
      return
    }
    writeSync(2, `gridwrap: the session could not be saved, and goes on: ${problem}\n`)
    this.#asleep = false
    this.#rest()
  }
}

/** A name in the working directory, as the plan of a call has it. */
function inside(name: string): string {
  if (normalize(name) !== name || name.startsWith('/') || name.startsWith('..'))
    throw new RangeError(`${JSON.stringify(name)} is no name in the working directory.`)
  return name
}
