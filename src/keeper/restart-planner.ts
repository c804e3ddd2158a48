import { join } from 'node:path'
import type { InstalledApplications } from '../application/installed-applications.ts'
import { wallClock } from '../core/clock.ts'
import { GridwrapError } from '../core/errors.ts'
import { instanceDirectory } from '../files/instance-directory.ts'
import { asleepCode } from '../holder/session-config.ts'
import type { AttemptRow, InstanceRow } from '../store/rows.ts'
import type { Store } from '../store/store.ts'
import type { AttemptPlanner, PlannedAttempt } from './attempt-planner.ts'
import type { AttemptEnd } from './live-attempt.ts'
import { findRestart, type Restart } from './restart.ts'

/** By which a machine that is shut down, or is out of memory, ends programs that nobody here has ended. */
const fromOutside: readonly string[] = ['SIGKILL', 'SIGTERM']

/** Knows which programs go on from what they saved, and from what. */
export class RestartPlanner {
  readonly #store: Store
  readonly #planner: AttemptPlanner
  readonly #applications: InstalledApplications
  readonly #root: string

  constructor(store: Store, planner: AttemptPlanner, applications: InstalledApplications, instancesRoot: string) {
    this.#store = store
    this.#planner = planner
    this.#applications = applications
    this.#root = instancesRoot
  }

  /**
   * The plan of an attempt that begins, or that goes on from what is there. Undefined when the checkpoint that its owner
   * gave is of no use: then the instance has failed.
   */
  async plan(
    row: InstanceRow,
    number: number,
  ): Promise<(PlannedAttempt & { readonly restart: Restart | undefined }) | undefined> {
    const planned = await this.#planner.plan(row, number)
    const { application, values, places } = planned
    if (application.checkpoint === undefined) return { ...planned, restart: undefined }
    const attempts = await this.#store.instances.attempts(row.id)
    const { spool } = instanceDirectory(this.#root, row.id)
    try {
      const restart = await findRestart(application, values, {
        work: places.work,
        unpacked: join(spool, 'restored'),
        ranBefore: attempts.some(attempt => attempt.started !== null),
      })
      return { ...(await this.#planner.plan(row, number, restart?.state)), restart }
    } catch (error) {
      if (!(error instanceof GridwrapError) || error.code === 'busy') throw error
      const failure = { id: row.id, reason: error.message, cause: 'input', now: wallClock() } as const
      await this.#store.writer.run('failBeforeStart', failure)
      return undefined
    }
  }

  /**
   * Whether a program that has ended goes on in another attempt: one that ended because it was told to save its state,
   * and one that the machine broke off, as often as its description allows; or later, when somebody calls it. What its
   * owner has canceled, and what broke a limit, does not.
   */
  async after(id: string, number: number, end: AttemptEnd): Promise<'restart' | 'sleep' | undefined> {
    const row = await this.#store.instances.get(id)
    if (row === undefined || row.destroyed !== null || row.want === 'cancel' || row.reason !== null) return undefined
    const { checkpoint, session } = (await this.#applications.byDigest(row.digest)).application
    if (checkpoint === undefined) return undefined
    if (session !== undefined) return endedWith(end, asleepCode) ? 'sleep' : undefined
    const told = (await this.#store.instances.checkpoints(id)).some(one => one.told === number)
    if (checkpoint.stops && told && end.state === 'ended' && end.exit.notStarted === undefined) return 'restart'
    if (!isBrokenOff(end)) return undefined
    const before = (await this.#store.instances.attempts(id)).filter(wasBrokenOff).length
    return before < checkpoint.automatic ? 'restart' : undefined
  }
}

const endedWith = (end: AttemptEnd, code: number): boolean => end.state === 'ended' && end.exit.exitCode === code

const isBrokenOff = (end: AttemptEnd): boolean =>
  end.state === 'lost' || (end.exit.signal !== undefined && fromOutside.includes(end.exit.signal))

const wasBrokenOff = ({ reason, signal }: AttemptRow): boolean =>
  reason === 'host-rebooted' || reason === 'exit-status-lost' || (signal !== null && fromOutside.includes(signal))
