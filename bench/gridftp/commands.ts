import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

/** Commands that run until they end, of which none is left when this is disposed. */
export class Commands implements AsyncDisposable {
  readonly #environment: NodeJS.ProcessEnv
  readonly #running = new Set<ChildProcess>()
  #disposed = false

  constructor(environment: NodeJS.ProcessEnv) {
    this.#environment = environment
  }

  /** Rejects with what it said when it fails, or is not installed. */
  async run(program: string, args: readonly string[]): Promise<void> {
    // In a group of its own: Ctrl-C reaches the bench alone, which then ends what it has begun.
    const child = spawn(program, args, {
      env: this.#environment,
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
    })
    let said = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-2000)
    })
    this.#running.add(child)
    try {
      const [code, signal] = (await once(child, 'close')) as [number | null, string | null]
      if (this.#disposed) await new Promise<never>(() => undefined)
      if (code !== 0) throw new Error(`${[program, ...args].join(' ')} ended with ${code ?? signal}: ${said}`)
    } finally {
      this.#running.delete(child)
    }
  }

  /** Whoever waits for a command that is ended here waits for ever: it has no result, not even a failure. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true
    await Promise.all([...this.#running].map(endOf))
  }
}

/** Kills a process, and waits until it is gone. */
export async function endOf(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}
