import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { HttpsConnection } from '../../src/client/https-connection.ts'
import type { ServiceProxy } from '../../src/client/service-proxy.ts'
import { newId } from '../../src/core/ids.ts'
import type { JobRef, JobStatus } from '../../src/factory/job-status.ts'
import { type InstanceState, isTerminal } from '../../src/store/rows.ts'
import { createService } from '../support/create-service.ts'
import { type SiteOptions, TestSite } from '../support/site.ts'
import { processesOf } from './cookies.ts'
import { persistently, waitFor } from './persistently.ts'

/** A program that notes each of its runs in a ledger outside of its directory, then runs until a gate is open. */
const witness = `
gridwrap: 1
name: witness
title: Notes its runs
command: sh witness.sh {ledger} {gate} [{note}]
inputs:
  ledger: {type: string, help: The file that gets a line for each run}
  gate: {type: string, default: /, help: The file without which it does not end}
  note: {type: file, optional: true}
files:
  - witness.sh: |
      echo "$GRIDWRAP_ATTEMPT" >>"$1"
      while [ ! -e "$2" ]; do sleep 0.2; done
      [ -z "$3" ] || cat "$3"
outputs:
  said: stdout
`

/** What the program does besides; all inputs are optional but its name. */
export interface Run {
  /** Its requestId, so that asking again after a lost answer makes no second run. */
  readonly name?: string
  /** Ends at once, or when {@link WitnessSite.open} was called with this name. */
  readonly gate?: string
  readonly note?: Readonly<Record<string, unknown>>
  readonly options?: Readonly<Record<string, unknown>>
}

/** A container, a patient client of it, and a ledger of what really ran. */
export class WitnessSite implements AsyncDisposable {
  readonly site: TestSite
  readonly ledgerFile: string
  /** Ids of every instance that the container has told us of. */
  readonly acknowledged = new Set<string>()
  readonly #connection: HttpsConnection
  readonly #service: ServiceProxy
  readonly #instances: string

  private constructor(site: TestSite, connection: HttpsConnection, service: ServiceProxy, instances: string) {
    this.site = site
    this.#instances = instances
    this.ledgerFile = join(site.folder, 'ledger')
    this.#connection = connection
    this.#service = service
  }

  /** The container is started when `ready` is through with the site's folder. `environment` is the container's, for this start of it; it may name the site's folder. */
  static async start(
    options: SiteOptions = {},
    environment: (folder: string) => Readonly<Record<string, string>> = () => ({}),
    ready: (folder: string) => Promise<void> = async () => {},
  ): Promise<WitnessSite> {
    const site = await TestSite.make({ ...options, descriptions: { witness, ...options.descriptions } })
    await ready(site.folder)
    // Killed while it starts, it is started again, as a supervisor of services would.
    await site.startContainer(environment(site.folder)).catch(async (error: unknown) => {
      if (!String(error).includes('(SIGKILL)')) throw error
      await site.startContainer(environment(site.folder))
    })
    const connection = site.connect()
    const service = await persistently('the contract', () => site.service('witness', connection))
    await writeFile(join(site.folder, 'ledger'), '')
    return new WitnessSite(site, connection, service, options.configuration?.['instances'] ?? 'data/instances')
  }

  /** Submits a run; resolves when it was acknowledged, however often it has to be asked for. */
  async submit({ name = newId(), gate, note, options }: Run = {}): Promise<JobRef> {
    const parameters = {
      ledger: this.ledgerFile,
      ...(gate === undefined ? {} : { gate: this.#gate(gate) }),
      ...(note === undefined ? {} : { note }),
      options: { requestId: name, ...options },
    }
    const { job } = await this.call<{ job: JobRef }>('submit', parameters)
    this.acknowledged.add(job.id)
    return job
  }

  /** createService without the gate, which is to come with the start; resolves when it was acknowledged. */
  async create(name: string): Promise<{ readonly id: string; readonly handle: string }> {
    const inputs = `<t:ledger>${this.ledgerFile}</t:ledger><t:options><j:requestId>${name}</j:requestId></t:options>`
    const { url } = this.#service
    const handle = await persistently('createService', () => createService(this.#connection, url, 'witness', inputs))
    const id = handle.slice(handle.lastIndexOf('/') + 1)
    this.acknowledged.add(id)
    return { id, handle }
  }

  /** Lets the programs behind a gate end. */
  async open(gate: string): Promise<void> {
    await writeFile(this.#gate(gate), '')
  }

  /** Calls an operation until it is answered. */
  call<T>(operation: string, parameters: Readonly<Record<string, unknown>>, handle?: string): Promise<T> {
    return persistently(operation, () => this.#service.call<T>(operation, parameters, handle))
  }

  /**
   * Calls an operation until it is answered. Asked again after an answer that was lost, it may find that it was done
   * already, which this code says.
   */
  async callOnce(
    operation: string,
    parameters: Readonly<Record<string, unknown>>,
    handle: string,
    done: 'not-ready' | 'not-found',
  ): Promise<void> {
    let asked = 0
    try {
      await persistently(operation, () => {
        asked++
        return this.#service.call(operation, parameters, handle)
      })
    } catch (error) {
      if (asked < 2 || (error as { code?: string }).code !== done) throw error
    }
  }

  /** The typed proxy of another service of this site. */
  service(name: string): Promise<ServiceProxy> {
    return this.site.service(name, this.#connection)
  }

  /** PUTs a file until it is taken. Refused because it was taken before counts as taken. */
  async put(job: JobRef, content: string): Promise<void> {
    const url = job.upload?.[0]?.url ?? ''
    await persistently('PUT', async () => {
      const headers = { 'Content-Length': String(Buffer.byteLength(content)) }
      const { status, text } = await this.#connection.sendForText('PUT', url, headers, content)
      if (status === 409 && (await this.status(job)) !== 'StageIn') return
      if (status !== 201) throw new Error(`PUT was answered with ${status}: ${text}`)
    })
  }

  /** The state as the container tells it; `ended` of a destroyed instance. */
  async status({ handle }: { readonly handle: string }): Promise<InstanceState | 'ended'> {
    try {
      return (await this.call<{ status: JobStatus }>('getStatus', {}, handle)).status.state
    } catch (error) {
      if (hasEnded(error)) return 'ended'
      throw error
    }
  }

  /** Waits until an instance is in one of these states. */
  until(job: { readonly handle: string }, ...states: readonly (InstanceState | 'ended')[]): Promise<void> {
    let last: string | undefined
    return waitFor(
      () => `${job.handle} to be ${states.join(' or ')}; it is ${last}. The log complains:\n${this.complaints()}`,
      async () => {
        const state = await this.status(job)
        last = state
        if (states.includes(state)) return true
        if (state === 'ended' || (isTerminal(state) && !states.includes('ended')))
          throw new Error(
            `${job.handle} ended as ${state} (${await this.#reason(job)}), and should have become ${states.join(' or ')}`,
          )
        return false
      },
    )
  }

  /** Where the instances' directories lie. */
  get instances(): string {
    return join(this.site.folder, this.#instances)
  }

  /** The attempts that ran, in the order in which they began. */
  async ledger(): Promise<readonly string[]> {
    return (await readFile(this.ledgerFile, 'utf8')).split('\n').filter(Boolean)
  }

  /** What the container has logged of what went wrong, the newest. */
  complaints(): string {
    const lines = this.site.log
      .split('\n')
      .filter(line => /"level":"(warn|error|fatal)"/.test(line) || !line.startsWith('{'))
    return lines.slice(-30).join('\n')
  }

  async #reason({ handle }: { readonly handle: string }): Promise<string> {
    const { status } = await this.call<{ status: JobStatus }>('getStatus', {}, handle)
    return `${status.reason}; exit ${status.exitCode}, signal ${status.signal}`
  }

  #gate(name: string): string {
    return join(this.site.folder, `gate-${name}`)
  }

  /** A container leaves programs running when it stops; here they end, also after a failed test. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#connection[Symbol.dispose]()
    await this.site.kill()
    for (const { pid } of processesOf(this.acknowledged)) killQuietly(pid)
    await this.site[Symbol.asyncDispose]()
  }
}

/** Whether this is the answer about an instance whose life is over. */
export const hasEnded = (error: unknown): boolean => {
  const { code, detail } = error as { code?: string; detail?: { why?: string } }
  return code === 'not-found' && detail?.why === 'ended'
}

const killQuietly = (pid: number): void => {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It was quicker.
  }
}
