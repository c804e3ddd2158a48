import { type ChildProcess, fork } from 'node:child_process'
import cluster, { type Worker } from 'node:cluster'
import { chmod, mkdir } from 'node:fs/promises'
import { createServer } from 'node:net'
import { availableParallelism } from 'node:os'
import { delay } from '../core/deadline.ts'
import { GridwrapError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import { readCredential } from '../gsi/credential.ts'
import { takeLease } from '../keeper/lease.ts'
import { migrate } from '../store/database.ts'
import { databaseFile, Store } from '../store/store.ts'
import type { Configuration } from './configuration.ts'
import type { Listening } from './front-end.ts'
import { prepareIncoming } from './incoming-files.ts'
import { credentialsDirectory, incomingDirectory } from './places.ts'

const restartPauseMs = [0, 0, 100, 500, 2000, 5000]
const calmMs = 60_000
const portPatienceMs = 5000
/** Longer than a front end lets calls under way end. */
const mostStoppingMs = 30_000
/** A part that dies so often before everything stood once will not live: the configuration is wrong, or the port taken. */
const mostDeathsAtStart = 3
/** Exit codes from here on (EX_SOFTWARE of sysexits.h) are not those of errors that were foreseen. */
const internalError = 70

/** The program file to start the parts with, and how it is told which part to be. */
export interface PartProgram {
  readonly file: string
  readonly arguments: (role: 'keeper' | 'front-end') => readonly string[]
}

/** What the supervisor says once everything stands. */
export type Ready = Listening

/**
 * The first process of a container: starts the keeper and the front ends, passes hints between them, and starts again
 * what dies. It parses nothing that others send. When it is killed, the others end, and programs go on for the next one.
 */
export class Supervisor implements AsyncDisposable {
  readonly #configuration: Configuration
  readonly #program: PartProgram
  readonly #log: Log
  #keeper: ChildProcess | undefined
  #stopping = false
  readonly #deaths: number[] = []
  readonly #ready = Promise.withResolvers<Ready>()
  #keeperReady = false
  #announced = false
  #ports: Listening | undefined
  readonly #listening = new Set<number>()

  constructor(configuration: Configuration, program: PartProgram, log: Log) {
    this.#configuration = configuration
    this.#program = program
    this.#log = log
  }

  /** Makes the folders and the schema, then starts all parts. Resolves when every front end listens and the keeper works. */
  async start(): Promise<Ready> {
    const { data, instances, workers } = this.#configuration
    await mkdir(data, { recursive: true, mode: 0o700 })
    await chmod(data, 0o700)
    await mkdir(credentialsDirectory(data), { recursive: true, mode: 0o700 })
    await mkdir(instances, { recursive: true, mode: 0o750 })
    await migrate(databaseFile(data))
    await this.#beTheOnlyOne(databaseFile(data))
    await prepareIncoming(incomingDirectory(instances))
    // The kernel hands connections to the front ends itself: no detour through this process.
    cluster.schedulingPolicy = cluster.SCHED_NONE
    const { https, gridftp } = this.#configuration.listen
    await waitForPort(https)
    if (gridftp !== undefined) await waitForPort(gridftp)
    // Once, and not by each of the parts at the same moment.
    const { certificate, key } = this.#configuration['host-credential']
    readCredential({ file: certificate, keyFile: key })
    cluster.setupPrimary({ exec: this.#program.file, args: [...this.#program.arguments('front-end')] })
    cluster.on('exit', worker => this.#frontEndDied(worker))
    this.#startKeeper()
    for (let n = 0; n < workers; n++) this.#startFrontEnd()
    if (workers > availableParallelism()) this.#log.warn({ workers }, 'there are more front ends than processors')
    return this.#ready.promise
  }

  /** Front ends let their calls end; the keeper stops following; programs go on. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping = true
    const workers = Object.values(cluster.workers ?? {}).flatMap(worker =>
      worker === undefined ? [] : [worker.process],
    )
    await Promise.all(workers.map(end))
    if (this.#keeper !== undefined) await end(this.#keeper)
  }

  /** Two containers on one store would take each other's files, and their parts, for what was left behind. */
  async #beTheOnlyOne(file: string): Promise<void> {
    await using store = new Store(file)
    const other = await takeLease(store.writer, 'supervisor')
    if (other === undefined) return
    throw new GridwrapError(
      'busy',
      `Another container (process ${other.pid}) serves the data in ${this.#configuration.data}.`,
      { hint: 'Stop that one first, or give this one a "data:" folder of its own.' },
    )
  }

  #startKeeper(): void {
    const keeper = fork(this.#program.file, [...this.#program.arguments('keeper')], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    this.#keeper = keeper
    keeper.on('message', message => {
      if (message === 'hint') for (const worker of Object.values(cluster.workers ?? {})) tell(worker?.process)
      if (message === 'ready') {
        this.#keeperReady = true
        this.#announce()
      }
    })
    keeper.once('exit', (code, signal) => this.#again('keeper', code, signal, () => this.#startKeeper()))
  }

  #startFrontEnd(): void {
    const worker = cluster.fork()
    worker.on('message', (message: unknown) => {
      if (message === 'hint') tell(this.#keeper)
      else if (typeof message === 'object' && message !== null && 'ready' in message) {
        this.#ports = message.ready as Listening
        this.#listening.add(worker.id)
        this.#announce()
      }
    })
  }

  #frontEndDied(worker: Worker): void {
    this.#listening.delete(worker.id)
    const { exitCode, signalCode } = worker.process
    this.#again('front end', exitCode, signalCode, () => this.#startFrontEnd())
  }

  /** Starts a part again, at once the first time and then with growing pauses, so that a part that cannot live does not burn. */
  #again(part: string, code: number | null, signal: string | null, start: () => void): void {
    if (this.#stopping) return
    const now = performance.now()
    this.#deaths.push(now)
    while ((this.#deaths[0] ?? now) < now - calmMs) this.#deaths.shift()
    // A part that says itself that it cannot (a configuration, a credential) would say the same again.
    const hopeless = code !== null && code !== 0 && code < internalError
    if (!this.#announced && (hopeless || this.#deaths.length >= mostDeathsAtStart)) {
      this.#ready.reject(
        new GridwrapError('busy', `The container cannot start: its ${part} ended.`, {
          hint: 'The lines above say why.',
        }),
      )
      return
    }
    const pause = restartPauseMs[Math.min(this.#deaths.length - 1, restartPauseMs.length - 1)] ?? 0
    this.#log.error({ part, code, signal, pause }, 'a part of the container died; it is started again')
    setTimeout(() => {
      if (!this.#stopping) start()
    }, pause)
  }

  #announce(): void {
    const { workers } = this.#configuration
    if (!this.#keeperReady || this.#ports === undefined || this.#listening.size < workers) return
    this.#announced = true
    this.#ready.resolve(this.#ports)
  }
}

/** A predecessor that was killed may hold the port for a moment; whoever holds it for longer keeps it. */
async function waitForPort({ host, port }: { readonly host: string; readonly port: number }): Promise<void> {
  if (port === 0) return
  const begun = performance.now()
  for (;;) {
    const error = await tryPort(host, port)
    if (error === undefined) return
    if (error.code === 'EADDRINUSE' && performance.now() - begun < portPatienceMs) {
      await delay(100)
      continue
    }
    const why = error.code === 'EADDRINUSE' ? 'another program listens there' : (error.code ?? error.message)
    throw new GridwrapError('busy', `The container cannot listen at ${host}:${port}: ${why}.`, {
      hint: 'Is another "gridwrap serve" running? Otherwise choose another address in "listen:" of the configuration.',
    })
  }
}

const tryPort = (host: string, port: number): Promise<NodeJS.ErrnoException | undefined> =>
  new Promise(resolve => {
    const server = createServer()
    server.once('error', resolve)
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)))
  })

/** Asks a part to end, and ends it when it does not: what it had in hand, its successor finds. */
async function end(part: ChildProcess): Promise<void> {
  if (part.exitCode !== null || part.signalCode !== null) return
  const gone = new Promise(resolve => part.once('exit', resolve))
  part.kill('SIGTERM')
  const force = setTimeout(() => part.kill('SIGKILL'), mostStoppingMs)
  await gone
  clearTimeout(force)
}

/** A hint that is lost costs a poll, so a part that is just dying is not worth an error. */
function tell(child: ChildProcess | undefined): void {
  if (child?.connected === true) child.send('hint', () => undefined)
}
