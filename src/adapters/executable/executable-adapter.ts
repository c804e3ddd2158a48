import { mkdir } from 'node:fs/promises'
import { constants } from 'node:os'
import type { CheckpointSignal } from '../../application/checkpoint-signals.ts'
import { delay } from '../../core/deadline.ts'
import { GridwrapError } from '../../core/errors.ts'
import { completeUse } from '../../core/resource-use.ts'
import type { AttemptSpec, AttemptStatus, Exit, RunAdapter, Usage } from '../adapter.ts'
import {
  type Claim,
  isOfThisBoot,
  type ProcessIdentity,
  readClaim,
  readEnd,
  readUse,
  withdraw,
} from './attempt-files.ts'
import { identityKey, isLaunching, movingOf, processesOf, signalGroup, signalProcess } from './attempt-processes.ts'
import { ControlGroups } from './control-group.ts'
import { launch } from './launch.ts'
import { whyNotExecuted, whyNotPrepared, whyWithdrawn } from './not-started.ts'
import { findProcess, isRunning, isStopped, type ProcessRow, type ProcessTable, ProcessWatch } from './process-table.ts'
import { UsageSampler } from './usage.ts'
import { watchUntil } from './watch-end.ts'

export interface ExecutableOptions {
  /** The shell that runs the wrapper, with its first arguments; dash, busybox sh and bash will do. Default `/bin/sh`. */
  readonly shell?: readonly string[]
  /** Words before the program that give it another account, such as `setpriv --reuid 1001 … --init-groups`. */
  readonly runAs?: (spec: AttemptSpec) => readonly string[]
  /** Whether a process can be an attempt's, by the account that it runs as; undefined: any can. */
  readonly mayBeOf?: (spec: AttemptSpec, row: ProcessRow) => boolean
  /** The directory of a control group that is ours, below which every attempt gets one of its own. */
  readonly controlGroup?: string | undefined
}

/** A look that is so old (ms) is good enough for sampling and not for signals. */
const sampleAge = 500
/** How often (ms), and how many times, a launch under way is waited for by who wants to signal its program. */
const launchPause = 10
const launchLooks = 500
/** So many rounds, and pauses (ms) between them, of signalling all that are there: some fork meanwhile, some die slowly. */
const mostRounds = 50
const killPause = 5

/**
 * Runs attempts as programs of this host. All that it knows it reads from the control directory and /proc; in memory are
 * only a cache and who its children are, so any number of them may look after the same attempts. Over 300 lines: each method
 * reads the same claim, in the order that makes what it says true.
 */
export function createExecutableAdapter(options: ExecutableOptions = {}): RunAdapter {
  return new ExecutableAdapter(options)
}

class ExecutableAdapter implements RunAdapter {
  readonly name = 'executable'
  readonly #options: ExecutableOptions
  readonly #watch = new ProcessWatch()
  readonly #usage = new UsageSampler()
  readonly #groups: ControlGroups | undefined
  /** Control directory to the exit of the wrapper that is our child. A signal: a promise would keep everybody who ever waited. */
  readonly #children = new Map<string, AbortSignal>()
  /** What was seen to be an attempt's, by how it descends, before it left its parents. */
  readonly #seen = new Map<string, Map<string, ProcessRow>>()

  constructor(options: ExecutableOptions) {
    this.#options = options
    this.#groups = options.controlGroup === undefined ? undefined : new ControlGroups(options.controlGroup)
  }

  async submit(spec: AttemptSpec): Promise<void> {
    const control = spec.controlDirectory
    await mkdir(control, { recursive: true, mode: 0o700 })
    const claim = await readClaim(control)
    if (claim.by !== 'nobody') return
    checkWords(spec)
    const cgroup = await this.#groups?.make(spec)
    const shell = this.#options.shell ?? ['/bin/sh']
    const launched = await launch(spec, { shell, runAs: this.#options.runAs, cgroup })
    if ('refused' in launched) {
      await withdraw(control, launched.refused)
      return
    }
    const exit = new AbortController()
    this.#children.set(control, exit.signal)
    void launched.exited.then(() => {
      this.#children.delete(control)
      exit.abort()
    })
  }

  async claim(spec: AttemptSpec): Promise<boolean> {
    await mkdir(spec.controlDirectory, { recursive: true, mode: 0o700 })
    return withdraw(spec.controlDirectory, 'withdrawn')
  }

  async status(spec: AttemptSpec): Promise<AttemptStatus> {
    const claim = await readClaim(spec.controlDirectory)
    switch (claim.by) {
      case 'nobody':
        return { state: 'unclaimed' }
      case 'recovery':
        return notStarted(whyWithdrawn(spec, claim.why), claim.when)
      case 'unreadable':
        return this.#statusOfLaunch(spec)
      case 'wrapper':
        return this.#statusOfWrapper(spec, claim)
    }
  }

  async #statusOfWrapper(spec: AttemptSpec, claim: Claim & { readonly by: 'wrapper' }): Promise<AttemptStatus> {
    const ended = await this.#ended(spec, claim)
    if (ended !== undefined) return ended
    if (!isOfThisBoot(claim)) return { state: 'lost', reason: 'host-rebooted' }
    // In this order: whoever is seen dead here has written before what is read afterwards.
    const wrapperRuns = isRunning(claim.wrapper)
    if (claim.program === undefined) return wrapperRuns ? { state: 'pending' } : this.#statusOfLaunch(spec)
    const program = findProcess(claim.program)
    if (program !== undefined && isRunning(claim.program)) {
      const mayBeStopped = isStopped(program) || program.state === 'D'
      const members = await this.#sampledMembers(spec, claim.program, mayBeStopped ? 0 : sampleAge)
      if (mayBeStopped && (isStopped(program) || members.length > 0) && movingOf(members).length === 0)
        return { state: 'suspended', started: claim.when }
      return { state: 'active', started: claim.when, usage: await this.#sample(spec, members) }
    }
    if (wrapperRuns)
      return (await this.#ended(spec, claim)) ?? { state: 'active', started: claim.when, usage: undefined }
    return (await this.#ended(spec, claim)) ?? { state: 'lost', reason: 'exit-status-lost' }
  }

  /** A claim that names no program, and whose wrapper is not known or is gone. */
  async #statusOfLaunch(spec: AttemptSpec): Promise<AttemptStatus> {
    if (isLaunching(await this.#watch.fresh(), spec.attempt, row => this.#mayBeOf(spec, row)))
      return { state: 'pending' }
    const claim = await readClaim(spec.controlDirectory)
    if (claim.by === 'wrapper' && claim.program !== undefined) return this.#statusOfWrapper(spec, claim)
    // The program is recorded before it is executed, so it never was.
    const ended = claim.by === 'wrapper' ? await this.#ended(spec, claim) : undefined
    const when = claim.by === 'wrapper' ? claim.when : Date.now()
    return ended ?? notStarted(whyWithdrawn(spec, 'interrupted'), when)
  }

  async #ended(spec: AttemptSpec, claim: Claim & { readonly by: 'wrapper' }): Promise<AttemptStatus | undefined> {
    const end = await readEnd(spec.controlDirectory)
    if (end === undefined) return undefined
    // The end was written after the program's record, which the claim read earlier may not have had yet.
    const { program, when } = claim.program === undefined ? await this.#claimAgain(spec, claim) : claim
    if (program === undefined) return notStarted(whyNotPrepared(spec, end.code), end.when)
    const reason = await whyNotExecuted(spec, end.code)
    if (reason !== undefined) return notStarted(reason, end.when)
    // Nobody waits for the processes in a sandbox but a process in there, which nobody waits for.
    const counted = spec.sandbox === undefined ? await readUse(spec.controlDirectory) : undefined
    const { use, overrun } = (await this.#groups?.look(spec)) ?? {}
    return {
      ...{ state: 'ended', exit: exitOf(end.code), started: Math.min(when, end.when), ended: end.when },
      use: completeUse(counted, use),
      ...(overrun === undefined ? {} : { overrun }),
    }
  }

  async #sample(spec: AttemptSpec, members: readonly ProcessRow[]): Promise<Usage> {
    return this.#usage.sample(spec, members, (await this.#groups?.boundsMemory(spec)) ?? false)
  }

  async #claimAgain(spec: AttemptSpec, before: Claim & { readonly by: 'wrapper' }): Promise<Claim & { by: 'wrapper' }> {
    const claim = await readClaim(spec.controlDirectory)
    return claim.by === 'wrapper' ? claim : before
  }

  async cancel(spec: AttemptSpec, how: 'ask' | 'force'): Promise<void> {
    const program = await this.#program(spec)
    if (program === undefined) return
    if (how === 'force') {
      await this.#killAll(spec, program)
      return
    }
    if (!isRunning(program)) return
    const table = await this.#watch.fresh()
    const members = this.#members(table, spec, program)
    signalGroup(members, program, 'SIGTERM')
    if (!members.some(isStopped)) return
    // After the request, so that who was stopped does nothing else first; and to all, because it also takes back a stop
    // that has not come to its process yet (signal(7)).
    signalGroup(members, program, 'SIGCONT')
    for (const row of members) signalProcess(row, 'SIGCONT')
  }

  async signal(spec: AttemptSpec, name: CheckpointSignal): Promise<void> {
    const program = await this.#program(spec)
    const row = program === undefined ? undefined : findProcess(program)
    if (row !== undefined && this.#mayBeOf(spec, row)) signalProcess(row, name)
  }

  async suspend(spec: AttemptSpec): Promise<void> {
    const program = await this.#program(spec)
    if (program === undefined || !isRunning(program)) return
    // Again, because somebody outside the group may have forked while the first look went on.
    for (let round = 0; round < mostRounds; round++) {
      const table = await this.#watch.fresh()
      const members = this.#members(table, spec, program)
      const moving = movingOf(members)
      if (moving.length === 0) return
      signalGroup(members, program, 'SIGSTOP')
      for (const row of moving) signalProcess(row, 'SIGSTOP')
      await delay(launchPause)
    }
  }

  async resume(spec: AttemptSpec): Promise<void> {
    const program = await this.#program(spec)
    if (program === undefined) return
    const table = await this.#watch.fresh()
    const members = this.#members(table, spec, program)
    signalGroup(members, program, 'SIGCONT')
    for (const row of members) if (row.group !== program.pid) signalProcess(row, 'SIGCONT')
  }

  async sweep(spec: AttemptSpec): Promise<number> {
    const claim = await readClaim(spec.controlDirectory)
    const program = claim.by === 'wrapper' && isOfThisBoot(claim) ? claim.program : undefined
    if (program !== undefined && isRunning(program)) return 0
    const killed = await this.#killAll(spec, program)
    await this.#groups?.remove(spec)
    this.#seen.delete(spec.attempt)
    return killed
  }

  async watchEnd(spec: AttemptSpec, signal?: AbortSignal): Promise<void> {
    const control = spec.controlDirectory
    const isOver = async (): Promise<boolean> => {
      const { state } = await this.status(spec)
      return state === 'ended' || state === 'lost'
    }
    await watchUntil(isOver, control, this.#children.get(control), signal)
  }

  /** The program of an attempt, waited for when its launch is under way; undefined when there is none. */
  async #program(spec: AttemptSpec): Promise<ProcessIdentity | undefined> {
    for (let look = 0; look < launchLooks; look++) {
      const claim = await readClaim(spec.controlDirectory)
      if (claim.by === 'wrapper' && !isOfThisBoot(claim)) return undefined
      if (claim.by === 'wrapper' && claim.program !== undefined) return claim.program
      if ((await this.status(spec)).state !== 'pending') return undefined
      await delay(launchPause)
    }
    return undefined
  }

  /** The attempt's processes as they were at most `age` milliseconds ago, but not before there were any. */
  async #sampledMembers(spec: AttemptSpec, program: ProcessIdentity, age: number): Promise<readonly ProcessRow[]> {
    const members = this.#members(await this.#watch.recent(age), spec, program)
    return members.length > 0 ? members : this.#members(await this.#watch.fresh(), spec, program)
  }

  /** The attempt's processes, those included that were its own in an earlier look and have left their parents since. */
  #members(table: ProcessTable, spec: AttemptSpec, program: ProcessIdentity | undefined): readonly ProcessRow[] {
    const seen = this.#seen.get(spec.attempt)
    const members = processesOf(table, spec, program, seen).filter(row => this.#mayBeOf(spec, row))
    this.#seen.set(spec.attempt, new Map(members.map(row => [identityKey(row), row])))
    return members
  }

  #mayBeOf(spec: AttemptSpec, row: ProcessRow): boolean {
    return this.#options.mayBeOf?.(spec, row) ?? true
  }

  /** Kills all processes of the attempt and sees them gone, unless they hang in the kernel; returns how many there were. */
  async #killAll(spec: AttemptSpec, program: ProcessIdentity | undefined): Promise<number> {
    const told = new Set<string>()
    for (let round = 0; round < mostRounds; round++) {
      const table = await this.#watch.fresh()
      const members = this.#members(table, spec, program)
      if (round === 0) await this.#groups?.kill(spec)
      if (members.length === 0) break
      if (program !== undefined) signalGroup(members, program, 'SIGKILL')
      for (const row of members) {
        signalProcess(row, 'SIGKILL')
        told.add(identityKey(row))
      }
      await delay(killPause)
    }
    return told.size
  }
}

const notStarted = (sentence: string, ended: number): AttemptStatus => ({
  state: 'ended',
  exit: { notStarted: sentence },
  started: undefined,
  ended,
})

const signalNames = new Map(
  Object.entries(constants.signals)
    .filter(([name]) => !['SIGIOT', 'SIGPOLL', 'SIGUNUSED'].includes(name))
    .map(([name, number]) => [number, name]),
)

/**
 * What a shell's exit code means: 128+N is taken for signal N when there is such a signal. A program that itself exits
 * with such a code is seen the same way; most that do are shells passing on exactly that.
 */
export function exitOf(code: number): Exit {
  const signal = code > 128 ? signalNames.get(code - 128) : undefined
  return signal === undefined ? { exitCode: code } : { signal }
}

/** The plan has made these from checked values; what no execve(2) takes is refused here, before anything is claimed. */
function checkWords(spec: AttemptSpec): void {
  const names = Object.keys(spec.environment)
  const badName = names.find(name => name === '' || name.includes('=') || name.includes('\0'))
  if (badName !== undefined) {
    throw new GridwrapError(
      'invalid-input',
      `${JSON.stringify(badName)} cannot be the name of an environment variable: a name is not empty and holds no = and no NUL.`,
    )
  }
  if (spec.argv.length === 0)
    throw new GridwrapError('invalid-input', 'A command needs at least one word, the program.')
  const words = [...spec.argv, ...Object.values(spec.environment)]
  if (words.some(word => word.includes('\0'))) {
    throw new GridwrapError(
      'invalid-input',
      'An argument or environment variable holds a NUL character, which no program can be given; leave it out.',
    )
  }
}
