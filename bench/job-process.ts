import { type ChildProcess, fork } from 'node:child_process'
import { join } from 'node:path'

type Reply<Result> = { readonly result: Result } | { readonly error: string }

/** A process of its own that does one kind of job, one at a time, so that its work is not the measuring one's. */
export class JobProcess<Job, Result> implements Disposable {
  readonly #child: ChildProcess
  #before: Promise<unknown> = Promise.resolve()

  /** `file` lies beside this one and calls {@link serveJobs}. */
  constructor(file: string) {
    this.#child = fork(join(import.meta.dirname, file), { serialization: 'advanced' })
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** Jobs wait for those before them. Rejects when the job fails, or the process ends before it has answered. */
  run(job: Job): Promise<Result> {
    const done = this.#before.then(() => this.#send(job))
    this.#before = done.catch(() => undefined)
    return done
  }

  #send(job: Job): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      const gone = (code: number | null, signal: string | null): void =>
        reject(new Error(`A process of the bench ended before its job was done (${code ?? signal}).`))
      this.#child.once('exit', gone)
      this.#child.once('message', message => {
        this.#child.off('exit', gone)
        const reply = message as Reply<Result>
        if ('error' in reply) reject(new Error(reply.error))
        else resolve(reply.result)
      })
      this.#child.send(job as object)
    })
  }

  [Symbol.dispose](): void {
    this.#child.removeAllListeners('exit')
    if (this.#child.connected) this.#child.disconnect()
  }
}

/** The other side: answers every job, and ends with the process that gave them. */
export function serveJobs<Job, Result>(work: (job: Job) => Promise<Result>): void {
  process.once('disconnect', () => process.exit())
  process.on('message', message => {
    work(message as Job).then(
      result => process.send?.({ result }),
      (error: unknown) =>
        process.send?.({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    )
  })
}
