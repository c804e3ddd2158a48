import type { InstalledApplications } from '../application/installed-applications.ts'
import type { Application, Limits, Values } from '../application/model.ts'
import { restoreValues } from '../application/stored-values.ts'
import { attemptControl, instanceDirectory } from '../files/instance-directory.ts'
import type { InstanceStore } from '../store/instance-store.ts'
import { type InstanceRow, receivedUpload } from '../store/rows.ts'
import { type AttemptPlaces, type AttemptPlan, noLimits, planAttempt, type SiteTerms, tighter } from './attempt-plan.ts'

/** An attempt as it is to be run, with what it was made from. */
export interface PlannedAttempt {
  readonly application: Application
  readonly values: Values
  readonly places: AttemptPlaces
  readonly plan: AttemptPlan
}

/** From the row of an instance to the plan of one of its attempts: the same plan whenever it is asked for. */
export class AttemptPlanner {
  readonly #instances: InstanceStore
  readonly #applications: InstalledApplications
  readonly #root: string
  readonly #site: SiteTerms

  constructor(instances: InstanceStore, applications: InstalledApplications, instancesRoot: string, site: SiteTerms) {
    this.#instances = instances
    this.#applications = applications
    this.#root = instancesRoot
    this.#site = site
  }

  /** `state`: what the attempt goes on from, if it does. */
  async plan(row: InstanceRow, number: number, state?: string): Promise<PlannedAttempt> {
    const { application, bundle } = await this.#applications.byDigest(row.digest)
    const directory = instanceDirectory(this.#root, row.id)
    const values = restoreValues(
      row.inputs ?? '{}',
      name => `${directory.spool}/${name}`,
      receivedUpload(await this.#instances.uploads(row.id)),
    )
    const places = { work: directory.work, control: attemptControl(directory, number), bundle }
    const { limits } = JSON.parse(row.options) as { readonly limits?: Partial<Limits> }
    const own = tighter(this.#site.limits, { ...noLimits, ...limits })
    const site = { ...this.#site, limits: number === 1 ? own : await this.#left(row.id, number, application, own) }
    return {
      application,
      values,
      places,
      plan: runAs(row, planAttempt(`${row.id}.${number}`, application, values, places, site, state)),
    }
  }

  /** A run that goes on has the time that the attempts before it have left. */
  async #left(id: string, number: number, application: Application, own: Limits): Promise<Limits> {
    const { time } = tighter(application.limits, own)
    if (time === undefined) return own
    const before = (await this.#instances.attempts(id)).filter(one => one.number < number)
    const used = before.reduce(
      (sum, { started, ended, held_ms }) => sum + Math.max(0, (ended ?? 0) - (started ?? ended ?? 0) - held_ms),
      0,
    )
    return { ...own, time: Math.max(1, time - used / 1000) }
  }
}

/** The same plan as an account of the host, by whose name programs may ask for it. */
function runAs({ account }: InstanceRow, plan: AttemptPlan): AttemptPlan {
  if (account === null) return plan
  const environment = { USER: account, LOGNAME: account, ...plan.spec.environment }
  return { ...plan, spec: { ...plan.spec, environment, account } }
}
