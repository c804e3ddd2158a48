import { stat, writeFile } from 'node:fs/promises'
import { checksumName } from '../../core/checksum.ts'
import { monotonic, wallClock } from '../../core/clock.ts'
import { delay } from '../../core/deadline.ts'
import { GridwrapError } from '../../core/errors.ts'
import { copyFile } from '../copy-file.ts'
import type { Copied } from '../copy-options.ts'
import type { Endpoints } from '../endpoints.ts'
import { isThere } from '../is-there.ts'
import { type Location, parseLocation, serverOf } from '../location.ts'
import { isTransient } from '../retry.ts'
import { transferFault } from '../transfer-fault.ts'
import { Journal, type JournalEntry } from './journal.ts'
import type { Pair } from './list-file.ts'
import type { SetFolder, SetOrder } from './set-folder.ts'
import { SetLog } from './set-log.ts'
import type { FileState, SetState } from './set-state.ts'
import { TurnQueue } from './turn-queue.ts'

/** How often it is looked whether the set is still wanted, and whether a new credential is there. */
const lookEveryMs = 1000
const longestPauseMs = 60_000
/** As often a server may refuse who asks. */
const mostRefusals = 3

/** What a run may be told and asked. */
export interface RunTerms {
  /** Connections to servers, of which one that is broken is made anew. */
  readonly endpoints: Endpoints
  /** Throws GridwrapError (`credential-problem`) while there is no credential that is good. */
  readonly demandCredential: () => void
  /** Ends the run; what came so far is gone on with by the next. */
  readonly signal: AbortSignal
}

/**
 * Moves the files of a set until each is there or has failed for good. A file whose server is away for a moment waits its
 * time while others move; without a credential all wait for a new one. Whatever is killed, the next run goes on.
 */
export async function runSet(folder: SetFolder, terms: RunTerms): Promise<SetState> {
  return await new SetRun(folder, await folder.order(), await folder.state(), terms).run()
}

class SetRun {
  readonly #folder: SetFolder
  readonly #order: SetOrder
  readonly #state: SetState
  readonly #terms: RunTerms
  readonly #log: SetLog
  readonly #stop = new AbortController()
  readonly #failures = new Map<number, number>()
  /** Bytes of the files that move. */
  readonly #bytes = new Map<number, number>()
  readonly #made = new Map<string, Promise<void>>()
  readonly #queue: TurnQueue
  #moving = 0
  #journal: Journal | undefined
  #cancelled = false

  constructor(folder: SetFolder, order: SetOrder, state: SetState, terms: RunTerms) {
    this.#folder = folder
    this.#order = order
    this.#state = state
    this.#terms = terms
    this.#log = new SetLog(folder.log, state)
    this.#queue = new TurnQueue(state.files.flatMap((file, index) => (file.state === 'done' ? [] : [index])))
  }

  async run(): Promise<SetState> {
    await using journal = await Journal.open(this.#folder.journal)
    this.#journal = journal
    const stop = (): void => this.#stop.abort(this.#terms.signal.reason)
    this.#terms.signal.addEventListener('abort', stop, { once: true })
    if (this.#terms.signal.aborted) stop()
    const watch = setInterval(() => {
      void this.#lookForCancel()
      void writeFile(this.#folder.progress, JSON.stringify([...this.#bytes])).catch(() => undefined)
    }, lookEveryMs)
    try {
      await this.#log.catchUp(this.#folder.journal)
      await this.#note({ what: 'begun', at: wallClock() })
      for (const file of this.#state.files) if (file.state !== 'done') file.state = 'waiting'
      await Promise.all(Array.from({ length: this.#order.concurrency }, () => this.#work()))
    } finally {
      clearInterval(watch)
      this.#terms.signal.removeEventListener('abort', stop)
    }
    await this.#lookForCancel()
    const failed = this.#state.files.filter(({ state }) => state !== 'done').length
    if (this.#cancelled) await this.#note({ what: 'cancelled', at: wallClock() })
    else if (!this.#stop.signal.aborted)
      await this.#note({
        what: 'ended',
        at: wallClock(),
        why:
          failed === 0
            ? `all ${this.#state.files.length} files are there`
            : `${failed} of ${this.#state.files.length} files failed`,
      })
    return this.#state
  }

  /** One of those that move files, one after the other. */
  async #work(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const next = this.#queue.take(monotonic())
      if (next === undefined) {
        // What moves now may have to move again.
        if (this.#moving === 0) return
        await this.#pause(100)
      } else if ('at' in next) await this.#pause(Math.max(10, Math.min(lookEveryMs, next.at - monotonic())))
      else {
        const file = this.#state.files[next.number]
        this.#moving++
        if (file !== undefined) await this.#move(file, next.number)
        this.#bytes.delete(next.number)
        this.#moving--
      }
    }
  }

  async #move(file: FileState, index: number): Promise<void> {
    try {
      if (!(await this.#credential())) return
      file.state = 'moving'
      const begun = monotonic()
      const { doubtful } = file
      await this.#note({ what: 'file-begun', file: index, at: wallClock() })
      const copied = await this.#copy(file, index, doubtful)
      file.state = 'done'
      file.size = copied.size
      const ms = Math.round(monotonic() - begun)
      await this.#note({
        what: 'file-done',
        file: index,
        at: wallClock(),
        size: copied.size,
        ms,
        verified: copied.verified,
      })
      this.#failures.delete(index)
    } catch (error) {
      if (this.#stop.signal.aborted) return
      await this.#failed(file, index, error)
    }
  }

  async #copy(
    { pair }: FileState,
    index: number,
    doubtful: boolean,
  ): Promise<{ readonly size: number; readonly verified: string }> {
    const { endpoints } = this.#terms
    const { verify, algorithm } = this.#order
    const [source, destination] = [parseLocation(pair.source), parseLocation(pair.destination)]
    const { signal } = this.#stop
    const name = algorithm === undefined ? undefined : checksumName(algorithm)
    const algorithms = name === undefined ? {} : { algorithms: [name] }
    // A run that was killed may have brought it, and not have said so.
    if (doubtful) {
      const entry = await endpoints.at(source).stat(source.path, signal)
      if (await isThere(endpoints, { source, destination, entry }, 'checksum', { ...algorithms, signal }))
        return { size: entry.size ?? 0, verified: 'there already' }
    }
    await this.#directory(destination)
    // Here only what is over in a moment is waited for; the rest waits while others move.
    const copied: Copied = await copyFile(endpoints, source, destination, {
      ...algorithms,
      ...{ verify, signal, retry: { attempts: 2, firstDelayMs: 500 } },
      listener: {
        onBytes: count => this.#bytes.set(index, (this.#bytes.get(index) ?? 0) + count),
        onRetry: (error, inMs) =>
          void this.#note({ what: 'file-again', file: index, at: wallClock(), problem: problemOf(error, pair), inMs }),
      },
    })
    const { verified } = copied
    return {
      size: copied.size,
      verified: typeof verified === 'string' ? verified : `${verified.name.toLowerCase()}:${verified.value}`,
    }
  }

  async #failed(file: FileState, index: number, error: unknown): Promise<void> {
    const told = transferFault(error, file.pair.source)
    const problem = problemOf(error, file.pair)
    const failures = (this.#failures.get(index) ?? 0) + 1
    this.#failures.set(index, failures)
    // A credential may have run out on the way, also the one that a server was given hours ago; a server that is another
    // one stays another one.
    const isCredential =
      told instanceof GridwrapError && told.code === 'credential-problem' && told.detail['kind'] !== 'peer'
    const passes = isTransient(told) || isTransient(error) || isCredential
    if (!passes || failures >= (isCredential ? Math.min(mostRefusals, this.#order.attempts) : this.#order.attempts)) {
      file.state = 'failed'
      file.problem = problem
      return await this.#note({ what: 'file-failed', file: index, at: wallClock(), problem })
    }
    const inMs = Math.round(Math.min(longestPauseMs, 1000 * 2 ** (failures - 1)) * (0.75 + Math.random() / 2))
    this.#queue.again(index, monotonic() + inMs)
    file.problem = problem
    await this.#note({ what: 'file-again', file: index, at: wallClock(), problem, inMs })
    file.state = 'waiting'
  }

  /** The directory of a file is made when it is not there; looked for once. */
  async #directory(destination: Location): Promise<void> {
    const path = destination.path.replace(/\/[^/]*$/, '')
    if (path === '' || path === '~') return
    const key = `${serverOf(destination)} ${path}`
    const made = this.#made.get(key) ?? this.#terms.endpoints.at(destination).makeDirectories(path)
    this.#made.set(key, made)
    await made.catch((error: unknown) => {
      this.#made.delete(key)
      throw error
    })
  }

  #paused: Promise<boolean> | undefined

  /** Waits until there is a credential, once for all; false when the run ends meanwhile. */
  async #credential(): Promise<boolean> {
    if (this.#hasCredential()) return true
    this.#paused ??= this.#untilCredential().finally(() => {
      this.#paused = undefined
    })
    return await this.#paused
  }

  async #untilCredential(): Promise<boolean> {
    const why = this.#credentialProblem()
    await this.#note({
      what: 'paused',
      at: wallClock(),
      why: `${why ?? ''} Make a new proxy; the transfer goes on by itself.`,
    })
    while (!this.#hasCredential()) {
      await this.#pause(lookEveryMs)
      if (this.#stop.signal.aborted) return false
    }
    await this.#note({ what: 'begun', at: wallClock(), why: 'there is a credential again' })
    return true
  }

  #hasCredential(): boolean {
    return this.#credentialProblem() === undefined
  }

  #credentialProblem(): string | undefined {
    try {
      this.#terms.demandCredential()
      return undefined
    } catch (error) {
      if (error instanceof GridwrapError && error.code === 'credential-problem') return error.message
      throw error
    }
  }

  async #pause(ms: number): Promise<void> {
    await delay(ms, this.#stop.signal).catch(() => undefined)
  }

  async #lookForCancel(): Promise<void> {
    const there = await stat(this.#folder.cancelMark).catch(() => undefined)
    if (there === undefined) return
    this.#cancelled = true
    this.#stop.abort(new Error('The transfer was cancelled.'))
  }

  async #note(entry: JournalEntry): Promise<void> {
    await this.#journal?.add(entry)
    await this.#log.tell(entry)
  }
}

function problemOf(error: unknown, { source }: Pair): string {
  const told = transferFault(error, source)
  if (told instanceof GridwrapError && told.hint !== undefined) return `${told.message} ${told.hint}`
  return told instanceof Error ? told.message : String(told)
}
