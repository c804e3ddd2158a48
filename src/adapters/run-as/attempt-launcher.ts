import { lstat } from 'node:fs/promises'
import type { SystemAccount } from '../../core/system-account.ts'
import type { AttemptSpec, RunAdapter } from '../adapter.ts'
import { readClaim, streamFile } from '../executable/attempt-files.ts'
import { createExecutableAdapter } from '../executable/executable-adapter.ts'
import { accountOf } from '../executable/process-table.ts'
import { accountWords, wrapperShell } from './account-words.ts'
import type { Owner } from './change-owner.ts'
import { HandOver } from './hand-over.ts'
import type { LauncherRequest } from './launcher-protocol.ts'
import type { ProgramAccounts } from './program-accounts.ts'

type SpecRequest = Extract<LauncherRequest, { readonly spec: unknown }>

/**
 * Runs attempts as other accounts of this host, in the process that can. It keeps no state: everything is read back from
 * the control directories and the table of processes, so a new one goes on where one was killed.
 */
export class AttemptLauncher {
  readonly #accounts: ProgramAccounts
  readonly #files: HandOver
  readonly #adapter: RunAdapter

  constructor(accounts: ProgramAccounts, ours: Owner, instancesRoot: string, controlGroup?: string) {
    this.#accounts = accounts
    this.#files = new HandOver(instancesRoot, ours)
    this.#adapter = createExecutableAdapter({
      shell: wrapperShell,
      controlGroup,
      runAs: spec => accountWords(this.#accountOf(spec)),
      // A cookie can be written by anybody into an environment of their own; whose process it is, they cannot choose.
      mayBeOf: (spec, row) => [ours.uid, this.#accountOf(spec).uid].includes(accountOf(row) ?? -1),
    })
  }

  /** Does what the keeper asked for. Throws what its adapter throws, and GridwrapError (`denied`) for accounts that are none. */
  async do(request: LauncherRequest, signal: AbortSignal): Promise<unknown> {
    if (request.verb === 'stop') return undefined
    if (request.verb === 'giveFile')
      return this.#files.giveFile(request.file, await this.#accounts.find(request.account))
    const spec = specOf(request)
    await (request.verb === 'submit' ? this.#accounts.toRun(spec.account) : this.#accountThatRan(spec))
    switch (request.verb) {
      case 'submit':
        return this.#submit(spec)
      case 'status':
        return this.#adapter.status(spec)
      case 'cancel':
        return this.#adapter.cancel(spec, request.how)
      case 'signal':
        return this.#adapter.signal?.(spec, request.signal)
      case 'suspend':
        return this.#adapter.suspend?.(spec)
      case 'resume':
        return this.#adapter.resume?.(spec)
      case 'watchEnd':
        return this.#adapter.watchEnd(spec, signal)
      case 'sweep':
        return this.#sweep(spec)
      case 'reclaim':
        return this.#files.takeBack(spec, this.#accountOf(spec))
    }
  }

  /** An account that the host does not know any more still has what it had: its programs, and the streams that it was given. */
  async #accountThatRan(spec: AttemptSpec & { readonly account: string }): Promise<void> {
    try {
      await this.#accounts.find(spec.account)
    } catch (error) {
      const found = await lstat(streamFile(spec.controlDirectory, 'stdout')).catch(() => undefined)
      if (found === undefined || found.uid === 0) throw error
      this.#accounts.remember({ name: spec.account, uid: found.uid, gid: found.gid, home: '/' })
    }
  }

  async #submit(spec: AttemptSpec): Promise<void> {
    if ((await readClaim(spec.controlDirectory)).by !== 'nobody') return
    const account = this.#accountOf(spec)
    await this.#files.give(spec, account)
    return this.#adapter.submit({ ...spec, environment: atHome(spec.environment, account) })
  }

  async #sweep(spec: AttemptSpec): Promise<number> {
    const killed = await this.#adapter.sweep(spec)
    const { state } = await this.#adapter.status(spec)
    const isOver = state === 'ended' || state === 'lost' || state === 'unclaimed'
    if (isOver) await this.#files.takeBack(spec, this.#accountOf(spec))
    return killed
  }

  #accountOf(spec: AttemptSpec): SystemAccount {
    const account = this.#accounts.found(spec.account)
    if (account === undefined) throw new Error(`The account of the attempt ${spec.attempt} was not looked up.`)
    return account
  }
}

/** As after a login (login(1)); the keeper cannot know where that is, and says so with a HOME of its own. */
const atHome = (environment: AttemptSpec['environment'], { home }: SystemAccount): AttemptSpec['environment'] =>
  environment['HOME'] === undefined ? environment : { ...environment, HOME: home }

const specOf = ({ spec }: SpecRequest): AttemptSpec & { readonly account: string } => ({
  ...spec,
  stdin: spec.stdin,
  limits: {
    time: spec.limits.time,
    memory: spec.limits.memory,
    disk: spec.limits.disk,
    output: spec.limits.output,
    processes: spec.limits.processes,
    cores: spec.limits.cores,
  },
})
