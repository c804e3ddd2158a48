import type { InstalledApplications } from '../application/installed-applications.ts'
import type { StoredResults } from '../application/stored-results.ts'
import { wallClock } from '../core/clock.ts'
import { crashPoint } from '../core/crash-point.ts'
import { hostName } from '../core/this-host.ts'
import { directorySize } from '../files/directory-size.ts'
import { instanceDirectory } from '../files/instance-directory.ts'
import type { InstanceRow } from '../store/rows.ts'
import type { Store } from '../store/store.ts'
import { commandOf, exitOf, judgeEnd } from './attempt-end.ts'
import { namesOfPlan } from './attempt-plan.ts'
import type { AttemptPlanner } from './attempt-planner.ts'
import { collectOutputs } from './collect-outputs.ts'
import { deliveriesOf } from './deliveries.ts'
import type { ProgramVersions } from './program-version.ts'
import { ProgramWatch } from './program-watch.ts'

/** Gives instances whose program has ended their results and their final state: once each, however often it is asked. */
export class ResultCollector {
  readonly #store: Store
  readonly #applications: InstalledApplications
  readonly #versions: ProgramVersions
  readonly #planner: AttemptPlanner
  readonly #instancesRoot: string
  readonly #collecting = new Map<string, Promise<void>>()

  constructor(
    store: Store,
    applications: InstalledApplications,
    versions: ProgramVersions,
    planner: AttemptPlanner,
    instancesRoot: string,
  ) {
    this.#store = store
    this.#applications = applications
    this.#versions = versions
    this.#planner = planner
    this.#instancesRoot = instancesRoot
  }

  /** `watch`: what followed the program, if this process did; else its output is read again. */
  async collect(row: InstanceRow, watch?: ProgramWatch): Promise<void> {
    const running = this.#collecting.get(row.id)
    if (running !== undefined) return running
    const collecting = this.#collect(row, watch).finally(() => this.#collecting.delete(row.id))
    this.#collecting.set(row.id, collecting)
    return collecting
  }

  /** Resolves when nothing is being collected. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#collecting.values())
  }

  async #collect(row: InstanceRow, watch: ProgramWatch | undefined): Promise<void> {
    const attempt = (await this.#store.instances.attempts(row.id)).at(-1)
    if (attempt === undefined) return
    crashPoint('keeper.collect.before-manifest')
    const { application, plan, places, values } = await this.#planner.plan(row, attempt.number)
    const { spool } = instanceDirectory(this.#instancesRoot, row.id)
    const seen = await (watch ?? new ProgramWatch(application, places, values)).finish()
    const collected = await collectOutputs(application, places, namesOfPlan(plan.run), exitOf(attempt), seen)
    const ending = judgeEnd(row, attempt, collected)
    const version = await this.#versions.of(await this.#applications.byDigest(row.digest))
    const ran: StoredResults['ran'] = {
      command: commandOf(attempt),
      host: hostName,
      ...(version === undefined ? {} : { version }),
    }
    await this.#store.writer.run('finishInstance', {
      id: row.id,
      ...ending,
      results: JSON.stringify({ files: collected.files, values: collected.values, ran } satisfies StoredResults),
      warnings: JSON.stringify(seen.warnings),
      deliveries: deliveriesOf(row, collected.files),
      storedBytes: collected.storedBytes + (await directorySize(spool)),
      now: wallClock(),
    })
    crashPoint('keeper.collect.after-commit')
  }
}
