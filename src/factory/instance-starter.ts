import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { checkInputs } from '../application/input-check.ts'
import type { Application } from '../application/model.ts'
import { restoreValues, type StoredInputs } from '../application/stored-values.ts'
import { wallClock } from '../core/clock.ts'
import { crashPoint } from '../core/crash-point.ts'
import type { InputProblem } from '../core/errors.ts'
import { newId } from '../core/ids.ts'
import { storedChoice } from '../delegation/credential-choice.ts'
import type { CredentialSupply } from '../delegation/credential-supply.ts'
import { instanceDirectory } from '../files/instance-directory.ts'
import type { InstanceStore } from '../store/instance-store.ts'
import { type InstanceRow, type InstanceState, receivedUpload } from '../store/rows.ts'
import type { Quota } from '../store/writes/quota.ts'
import { layOutFiles } from './lay-out-files.ts'
import { overQuota } from './over-quota.ts'

/** What came of a start: it was started, its inputs are not right, or it had left Unsubmitted before. */
export type Started =
  | { readonly outcome: 'started' }
  | { readonly outcome: 'refused'; readonly problems: readonly InputProblem[] }
  | { readonly outcome: 'not-unsubmitted'; readonly state: InstanceState | undefined }

/** Starts instances that createService made: with the inputs that it was given, and those that come with the start. */
export class InstanceStarter {
  readonly #instances: InstanceStore
  readonly #root: string
  readonly #quota: Quota
  readonly #credentials: CredentialSupply
  readonly #changed: () => void

  constructor(
    instances: InstanceStore,
    instancesRoot: string,
    quota: Quota,
    credentials: CredentialSupply,
    changed: () => void,
  ) {
    this.#credentials = credentials
    this.#instances = instances
    this.#root = instancesRoot
    this.#quota = quota
    this.#changed = changed
  }

  /** The inputs that an instance was made with. */
  async stored({ id, inputs }: Pick<InstanceRow, 'id' | 'inputs'>): Promise<Readonly<Record<string, unknown>>> {
    const { spool } = instanceDirectory(this.#root, id)
    return restoreValues(inputs ?? '{}', name => join(spool, name), receivedUpload(await this.#instances.uploads(id)))
  }

  /** Checks all inputs together, then persists. `given` are inputs as `checkInputs` takes them; `by`: who starts it. */
  async start(
    { id, owner, inputs, options }: InstanceRow,
    application: Application,
    given: Readonly<Record<string, unknown>>,
    by: string,
  ): Promise<Started> {
    const { spool } = instanceDirectory(this.#root, id)
    const stored = await this.stored({ id, inputs })
    const twice = Object.keys(given).filter(name => given[name] !== undefined && Object.hasOwn(stored, name))
    if (twice.length > 0) return { outcome: 'refused', problems: twice.map(alreadyGiven) }
    const { values, problems } = checkInputs(application, { ...stored, ...given })
    if (problems.length > 0) return { outcome: 'refused', problems }
    const fresh = Object.fromEntries(Object.entries(values).filter(([name]) => !Object.hasOwn(stored, name)))

    await this.#credentials.demand(owner, storedChoice(options), application.credential)
    // Two starts at once do not write the same file: one of them is refused, and its files go.
    const suffix = newId()
    let kept = false
    const laidOut = await layOutFiles(fresh, spool, upload => `${upload}.${suffix}`)
    try {
      crashPoint('front.start.after-files')
      const outcome = await this.#instances.write('startInstance', {
        id,
        inputs: JSON.stringify({
          ...(JSON.parse(inputs ?? '{}') as StoredInputs),
          ...(JSON.parse(laidOut.inputs) as StoredInputs),
        }),
        storedBytes: laidOut.size,
        uploads: laidOut.uploads,
        quota: this.#quota,
        now: wallClock(),
        by,
      })
      crashPoint('front.desire.after-commit')
      if (outcome.outcome === 'over-quota') throw overQuota(outcome)
      if (outcome.outcome === 'started') {
        kept = true
        this.#changed()
      }
      return outcome
    } finally {
      if (!kept) for (const name of laidOut.spooled) await rm(join(spool, name), { force: true })
    }
  }
}

const alreadyGiven = (input: string): InputProblem => ({
  input,
  rule: 'was given when the job was created, and a job keeps its inputs',
})
