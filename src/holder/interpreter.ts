import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { fstatSync, openSync, readSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { delay } from '../core/deadline.ts'
import { MarkerScanner, markerOf } from './marker-scanner.ts'
import { cellName, type SessionConfig, sessionFolder } from './session-config.ts'
import type { Evaluation } from './session-protocol.ts'

/** Of what one evaluation prints, in its answer. */
const mostOutput = 1024 * 1024
/** After an interrupt the interpreter is asked for a sign of life, again and again, before it is given up. */
const signMs = 500
const signs = 20
/** What an interpreter printed last is read for so long after its end. */
const drainMs = 500

/** How an interpreter ended. */
export interface InterpreterEnd {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

type How = 'marked' | 'ended'

/**
 * One interpreter, on pipes. What it prints goes on to our own standard output, where whoever follows the session sees it; on
 * standard error it writes by itself, so that what it had written there when it printed the marker is there, too.
 */
export class Interpreter {
  readonly ended: Promise<InterpreterEnd>
  readonly #child: ChildProcess
  readonly #send: string
  readonly #cell: string
  readonly #errors: number
  readonly #prefix = `gridwrap-${randomBytes(16).toString('hex')}-`
  readonly #scanner: MarkerScanner
  /** Of the evaluation that goes on: what it printed, and who waits for which marker. */
  #output: Buffer[] = []
  #size = 0
  #number = 0
  #marked: (how: How) => void = () => {}
  #evaluating = false
  #interrupted: 'timeout' | 'interrupted' | undefined
  #wake: () => void = () => {}
  #gone = false
  #unresponsive = false

  constructor({ argv, send }: SessionConfig) {
    const [program = '', ...args] = argv
    this.#send = send
    this.#cell = join(process.cwd(), sessionFolder, cellName)
    this.#errors = openSync('/proc/self/fd/2', 'r')
    this.#scanner = new MarkerScanner(
      this.#prefix,
      bytes => this.#print(bytes),
      number => {
        // Those before it were asked for as signs of life, and come late.
        if (number === this.#number) this.#marked('marked')
      },
    )
    // In a group of its own, so that an interrupt is for it and what it started.
    this.#child = spawn(program, args, { detached: true, stdio: ['pipe', 'pipe', 'inherit'] })
    this.#child.stdout?.on('data', (chunk: Buffer) => this.#scanner.feed(chunk))
    this.#child.stdin?.on('error', () => undefined)
    this.ended = new Promise(resolve => {
      const over = (end: InterpreterEnd): void => {
        this.#gone = true
        this.#scanner.end()
        this.#marked('ended')
        resolve(end)
      }
      this.#child.once('error', error => {
        writeSync(2, `gridwrap: ${program} could not be started: ${error.message}\n`)
        over({ code: 127, signal: null })
      })
      // What it has started may keep the pipe open for ever.
      this.#child.once('exit', (code, signal) => {
        const late = setTimeout(() => over({ code, signal }), drainMs)
        this.#child.once('close', () => {
          clearTimeout(late)
          over({ code, signal })
        })
      })
    })
  }

  /** Whether it had to be ended because it would not be interrupted. */
  get unresponsive(): boolean {
    return this.#unresponsive
  }

  /** Evaluates one piece of code; one at a time. After `timeout` milliseconds it is interrupted. */
  async evaluate(code: string, timeout: number): Promise<Evaluation> {
    const begun = performance.now()
    const errorsBefore = fstatSync(this.#errors).size
    this.#output = []
    this.#size = 0
    this.#interrupted = undefined
    this.#evaluating = true
    const interruption = new Promise<'interrupted'>(resolve => {
      this.#wake = () => resolve('interrupted')
    })
    const first = this.#begin(code)
    const timer = setTimeout(() => this.interrupt('timeout'), Math.min(timeout, 2 ** 31 - 1))
    let how: How | 'interrupted'
    try {
      how = await Promise.race([first, interruption])
      if (how === 'interrupted') how = await this.#afterInterrupt(first)
    } finally {
      clearTimeout(timer)
      this.#evaluating = false
    }
    const messages = this.#readErrors(errorsBefore)
    const interrupted = this.#whyInterrupted()
    const broken = how === 'ended' ? 'ended' : interrupted
    return {
      output: Buffer.concat(this.#output).toString('utf8'),
      messages: messages.text,
      truncated: this.#size > mostOutput || messages.truncated,
      seconds: (performance.now() - begun) / 1000,
      ...(broken === undefined ? {} : { broken }),
      ...(broken === 'ended' && interrupted !== undefined ? { interrupted: true } : {}),
    }
  }

  /** Interrupts what is being evaluated, as Control-C does. */
  interrupt(why: 'timeout' | 'interrupted' = 'interrupted'): void {
    if (!this.#evaluating || this.#interrupted !== undefined) return
    this.#interrupted = why
    this.#signal('SIGINT')
    this.#wake()
  }

  #whyInterrupted(): 'timeout' | 'interrupted' | undefined {
    return this.#interrupted
  }

  /** Ends it for certain. */
  kill(): void {
    this.#signal('SIGKILL')
  }

  /** Resolves when the marker behind the code has come, or none will. */
  #begin(code: string): Promise<How> {
    if (this.#gone) return Promise.resolve('ended')
    const { promise, resolve } = Promise.withResolvers<How>()
    this.#number++
    this.#marked = resolve
    writeFileSync(this.#cell, code.endsWith('\n') ? code : `${code}\n`)
    const marker = markerOf(this.#prefix, this.#number)
    this.#child.stdin?.write(`${this.#send.replaceAll('{cell}', this.#cell).replaceAll('{marker}', marker)}\n`)
    return promise
  }

  /**
   * Many interpreters throw away the rest of their input at an interrupt, the marker with it; so another one is asked
   * for, by no code at all. Who does not answer to that either, does not react.
   */
  async #afterInterrupt(first: Promise<How>): Promise<How> {
    const pause = (): Promise<undefined> => delay(signMs).then(() => undefined)
    let how = await Promise.race([first, pause()])
    for (let n = 0; n < signs && how === undefined; n++) how = await Promise.race([this.#begin(''), pause()])
    if (how !== undefined) return how
    writeSync(2, 'gridwrap: the interpreter did not react to an interrupt and was ended\n')
    this.#unresponsive = true
    this.kill()
    await this.ended
    return 'ended'
  }

  #print(bytes: Buffer): void {
    for (let done = 0; done < bytes.length; ) done += writeSync(1, bytes, done)
    if (!this.#evaluating) return
    const room = mostOutput - this.#size
    if (room > 0) this.#output.push(Buffer.from(bytes.subarray(0, room)))
    this.#size += bytes.length
  }

  #readErrors(from: number): { readonly text: string; readonly truncated: boolean } {
    const size = Math.max(0, fstatSync(this.#errors).size - from)
    const part = (at: number, length: number): string => {
      const buffer = Buffer.alloc(length)
      return length === 0 ? '' : buffer.toString('utf8', 0, readSync(this.#errors, buffer, 0, length, at))
    }
    if (size <= mostOutput) return { text: part(from, size), truncated: false }
    // Its beginning, and its end, where what ended it stands.
    const half = mostOutput / 2
    return { text: `${part(from, half)}\n…\n${part(from + size - half, half)}`, truncated: true }
  }

  #signal(signal: NodeJS.Signals): void {
    const { pid } = this.#child
    if (pid === undefined || this.#gone) return
    try {
      process.kill(-pid, signal)
    } catch {
      // It was quicker.
    }
  }
}
