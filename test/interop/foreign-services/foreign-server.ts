import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { freePort } from '../../support/free-port.ts'
import { listening } from '../../support/listening.ts'

/** A SOAP server that somebody else wrote, as a process of its own on a port of loopback. */
export class ForeignServer implements AsyncDisposable {
  readonly url: string
  readonly #process: ChildProcess

  private constructor(port: number, process: ChildProcess) {
    this.url = `http://127.0.0.1:${port}`
    this.#process = process
  }

  /** One that chooses its port and prints it. */
  static async printing(program: string, args: readonly string[], cwd?: string): Promise<ForeignServer> {
    const child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { PATH: process.env['PATH'], PYTHONDONTWRITEBYTECODE: '1' },
      ...(cwd === undefined ? {} : { cwd }),
    })
    const lines = createInterface({ input: child.stdout })
    const first = await Promise.race([
      once(lines, 'line').then(([line]) => Number(line)),
      once(child, 'close').then(([code]) => Promise.reject(new Error(`${program} ended with ${String(code)}.`))),
    ])
    return new ForeignServer(first, child)
  }

  /** One that is told its port; `{port}` in the arguments is it. */
  static async told(program: string, args: readonly string[], cwd: string): Promise<ForeignServer> {
    const port = await freePort()
    const child = spawn(
      program,
      args.map(one => one.replace('{port}', String(port))),
      { stdio: 'ignore', env: { PATH: process.env['PATH'] }, cwd },
    )
    await listening(port, child)
    return new ForeignServer(port, child)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return
    const ended = once(this.#process, 'close')
    this.#process.kill('SIGKILL')
    await ended
  }
}
