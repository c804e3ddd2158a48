import { join } from 'node:path'
import { wallClock } from '../core/clock.ts'
import { crashPoint } from '../core/crash-point.ts'
import { GridwrapError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import { storedChoice } from '../delegation/credential-choice.ts'
import type { CredentialSupply } from '../delegation/credential-supply.ts'
import { instanceDirectory, ownersFile } from '../files/instance-directory.ts'
import type { InstanceRow, TransferRow } from '../store/rows.ts'
import type { Store } from '../store/store.ts'
import type { Quota } from '../store/writes/quota.ts'
import type { StagingProgress, StagingRequest, StagingResult } from '../transfer/staging/requests.ts'
import { AgentInterrupted, type AgentProcess } from './agent-process.ts'
import { FairTurns } from './fair-turns.ts'

/** The process that moves files, as the keeper asks it. */
export type StagingAgent = AgentProcess<StagingRequest, StagingResult, StagingProgress>

export interface StagerTerms {
  readonly instancesRoot: string
  /** Files at once. */
  readonly atOnce: number
  readonly quota: Quota
}

/** A step that failed for no fault of its file is tried again after so long. */
const againMs = 2000

/** One file under way. */
interface Moving {
  readonly instance: string
  readonly stop: AbortController
}

/**
 * Brings about what instances wait for in StageIn and StageOut: fetches their inputs, delivers their outputs. Everything
 * it knows it can read again; a file that is done is done.
 */
export class Stager implements AsyncDisposable {
  readonly #store: Store
  readonly #agent: StagingAgent
  readonly #credentials: CredentialSupply
  readonly #terms: StagerTerms
  readonly #log: Log
  readonly #moving = new Map<string, Moving>()
  readonly #turns: FairTurns
  #stopped = false

  constructor(store: Store, agent: StagingAgent, credentials: CredentialSupply, terms: StagerTerms, log: Log) {
    this.#store = store
    this.#agent = agent
    this.#credentials = credentials
    this.#terms = terms
    this.#log = log
    this.#turns = new FairTurns(terms.atOnce)
  }

  /** Looks what an instance wants moved, begins it, and ends what it does not want any more. Does not wait for it. */
  async step(row: InstanceRow): Promise<void> {
    const staging =
      row.destroyed === null && (row.state === 'StageIn' || (row.state === 'StageOut' && row.verdict !== null))
    if (!staging || row.want === 'cancel') {
      for (const moving of this.#moving.values()) if (moving.instance === row.id) moving.stop.abort(stopped())
    }
    if (!staging || this.#stopped) return
    if (row.state === 'StageOut') {
      const giveUp = row.want === 'cancel'
      const { done } = await this.#store.writer.run('finishDeliveries', { id: row.id, giveUp, now: wallClock() })
      if (done) return
    }
    const direction = row.state === 'StageIn' ? 'in' : 'out'
    for (const transfer of await this.#store.instances.transfers(row.id))
      if (transfer.direction === direction && (transfer.state === 'waiting' || transfer.state === 'moving'))
        this.#begin(row, transfer)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true
    for (const { stop } of this.#moving.values()) stop.abort(stopped())
    this.#turns.close()
    await this.#agent[Symbol.asyncDispose]()
  }

  #begin(row: InstanceRow, transfer: TransferRow): void {
    const key = JSON.stringify([row.id, transfer.direction, transfer.name, transfer.url])
    if (this.#moving.has(key)) return
    const stop = new AbortController()
    this.#moving.set(key, { instance: row.id, stop })
    this.#move(row, transfer, stop.signal)
      .catch((error: unknown) => {
        if (this.#stopped || stop.signal.aborted) return
        this.#log.error({ instance: row.id, err: error }, 'a file could not be staged; it is tried again')
        setTimeout(() => void this.#again(row.id), againMs).unref()
      })
      .finally(() => this.#moving.delete(key))
  }

  async #again(id: string): Promise<void> {
    try {
      const row = await this.#store.instances.get(id)
      if (row !== undefined) await this.step(row)
    } catch (error) {
      this.#log.error({ instance: id, err: error }, 'a file could not be staged')
    }
  }

  async #move(row: InstanceRow, transfer: TransferRow, signal: AbortSignal): Promise<void> {
    await this.#turns.take(row.owner, signal)
    try {
      signal.throwIfAborted()
      if (transfer.direction === 'in') await this.#fetch(row, transfer, signal)
      else await this.#deliver(row, transfer, signal)
    } catch (error) {
      if (signal.aborted || this.#stopped || !(error instanceof GridwrapError) || error instanceof AgentInterrupted)
        throw error
      await this.#failed(row, transfer, error)
    } finally {
      this.#turns.give(row.owner)
    }
  }

  async #fetch(row: InstanceRow, { name, url }: TransferRow, signal: AbortSignal): Promise<void> {
    const { quota, instancesRoot } = this.#terms
    const spoolName = `${name}.fetched`
    const { spool } = instanceDirectory(instancesRoot, row.id)
    const mostBytes = Math.max(0, quota.storedBytes - (await this.#store.instances.storedBytes(row.owner)))
    const request = {
      ...({ verb: 'fetch', url, path: join(spool, spoolName), mostBytes } as const),
      credential: await this.#credential(row, url),
    }
    const { size, sha256 } = await this.#agent.ask(request, signal, this.#recorder(row.id, 'in', name, url))
    crashPoint('keeper.fetch.before-commit')
    const received = await this.#store.writer.run('receiveUpload', {
      ...{ id: row.id, name, size, spool: spoolName, quota },
      ...{ fetched: { url, sha256 }, now: wallClock() },
    })
    if (received.outcome === 'over-quota')
      throw new GridwrapError('busy', `There is no room left for ${url}: your jobs hold as many bytes as they may.`)
  }

  async #deliver(row: InstanceRow, transfer: TransferRow, signal: AbortSignal): Promise<void> {
    const { name, url, size } = transfer
    // Whoever finds it begun asks whether it is there before it is sent again.
    const again = transfer.state === 'moving'
    if (!again) {
      const begun = { direction: 'out', name, url, state: 'moving', bytes: 0, size, problem: null } as const
      await this.#store.writer.run('recordTransfer', { id: row.id, ...begun, now: wallClock() })
    }
    const { root, name: file } = ownersFile(instanceDirectory(this.#terms.instancesRoot, row.id), row.attempts, name)
    const credential = await this.#credential(row, url)
    const request = { verb: 'deliver', url, root, file, credential, again } as const
    const delivered = await this.#agent.ask(request, signal, this.#recorder(row.id, 'out', name, url))
    crashPoint('keeper.deliver.after-send')
    await this.#store.writer.run('recordTransfer', {
      ...({ id: row.id, direction: 'out', name, url, state: 'done' } as const),
      ...{ bytes: delivered.size, size: size ?? delivered.size, problem: null, now: wallClock() },
    })
    await this.#store.writer.run('finishDeliveries', { id: row.id, giveUp: false, now: wallClock() })
  }

  /** What its owner delegated, for servers that want to know who asks; the rest gets nobody's credential. */
  async #credential({ owner, options }: InstanceRow, url: string): Promise<string | undefined> {
    if (/^(?:ftp|http):/i.test(url)) return undefined
    try {
      return (await this.#credentials.get(owner, storedChoice(options), 'limited')).toPem()
    } catch (error) {
      // Much on the web is for everybody.
      if (/^https:/i.test(url) && error instanceof GridwrapError && error.code === 'credential-problem')
        return undefined
      throw error
    }
  }

  /** A file that cannot be moved: of an input the end of its instance, of an output a result that stays where it is. */
  async #failed({ id }: InstanceRow, { direction, name, url }: TransferRow, error: GridwrapError): Promise<void> {
    const now = wallClock()
    this.#log.warn({ instance: id, url, code: error.code, problem: error.message }, 'a file could not be staged')
    await this.#store.writer.run('recordTransfer', {
      ...({ id, direction, name, url, state: 'failed' } as const),
      ...{ bytes: 0, size: null, problem: error.message, now },
    })
    if (direction === 'out') return
    const cause = error.code === 'busy' || error.code === 'internal' ? 'site' : 'input'
    const reason = `The input ${name} could not be fetched from ${url}. ${error.message}`
    await this.#store.writer.run('failBeforeStart', { id, reason, cause, now })
  }

  #recorder(id: string, direction: 'in' | 'out', name: string, url: string): (progress: StagingProgress) => void {
    return ({ bytes, size }) => {
      this.#store.writer
        .run('recordTransfer', {
          ...({ id, direction, name, url, state: 'moving' } as const),
          ...{ bytes, size, problem: null, now: wallClock() },
        })
        .catch((error: unknown) =>
          this.#log.warn({ instance: id, err: error }, 'the progress of a file could not be noted'),
        )
    }
  }
}

const stopped = (): Error => new Error('It is not wanted any more.')
