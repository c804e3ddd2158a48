import type { InstalledApplications } from '../application/installed-applications.ts'
import type { Application } from '../application/model.ts'
import { GridwrapError } from '../core/errors.ts'
import { checkpointFile } from '../factory/checkpoint-files.ts'
import type { InstanceFiles } from '../factory/instance-files.ts'
import { fileOut, jobResults, outputFiles } from '../factory/job-results.ts'
import { type JobStatus, jobStatus } from '../factory/job-status.ts'
import { sessionResults } from '../factory/session-results.ts'
import type { Evaluation } from '../holder/session-protocol.ts'
import type { Handles } from '../ogsi/handle.ts'
import type { InstanceStore, ListQuery } from '../store/instance-store.ts'
import { type InstanceRow, isTerminal } from '../store/rows.ts'

const pageSize = 100
/** Of a file that a call of a session made, inside its answer. */
const mostInlineBytes = 1024 * 1024

/** What operations read of instances that the caller may see. */
export class InstanceReader {
  readonly handles: Handles
  readonly files: InstanceFiles
  readonly #instances: InstanceStore
  readonly #applications: InstalledApplications

  constructor(instances: InstanceStore, applications: InstalledApplications, handles: Handles, files: InstanceFiles) {
    this.#instances = instances
    this.#applications = applications
    this.handles = handles
    this.files = files
  }

  /** The instance as it is now; not-found when it ended in the meantime. */
  async fresh(id: string): Promise<InstanceRow> {
    const row = await this.#instances.get(id)
    if (row === undefined || row.destroyed !== null) throw ended(id)
    return row
  }

  /** The instance once it is over; undefined while it is not. */
  async terminal(id: string): Promise<InstanceRow | undefined> {
    const row = await this.fresh(id)
    return isTerminal(row.state) ? row : undefined
  }

  status(row: InstanceRow): Promise<JobStatus> {
    return jobStatus(row, this.handles, this.#instances)
  }

  async statusOf(id: string): Promise<JobStatus> {
    return this.status(await this.fresh(id))
  }

  async results(row: InstanceRow): Promise<Readonly<Record<string, unknown>>> {
    const { application } = await this.#applications.byDigest(row.digest)
    return jobResults(row, application, this.handles, this.#instances, this.files)
  }

  /** The checkpoints of an instance that are kept, the oldest first. */
  async checkpoints(row: InstanceRow): Promise<readonly object[]> {
    const all = await this.#instances.checkpoints(row.id)
    return all.filter(one => one.state === 'done').map(one => checkpointFile(row, one, this.handles))
  }

  /** What a call of a session gave, as its contract has it, and which outputs it lacks. */
  async sessionResults(
    row: InstanceRow,
    application: Application,
    evaluation: Evaluation,
  ): Promise<{ readonly results: Readonly<Record<string, unknown>>; readonly missing: readonly string[] }> {
    const found = await sessionResults(application, this.files.workOf(row), evaluation)
    const files = await Promise.all(
      Object.entries(found.files).map(async ([name, list]) => {
        const out = list.map(file => fileOut(row, file, this.handles, this.files, file.size <= mostInlineBytes))
        const kind = application.outputs.find(output => output.name === name)?.source.kind
        return [name, kind === 'file' ? await out[0] : await Promise.all(out)] as const
      }),
    )
    return { results: { ...found.values, ...Object.fromEntries(files) }, missing: found.missing }
  }

  /** The output files of an ended instance, without their bytes. */
  outputFiles(row: InstanceRow): Promise<readonly object[]> {
    return outputFiles(row, this.handles, this.files)
  }

  async list(query: Omit<ListQuery, 'most'>): Promise<{ jobs: readonly JobStatus[]; next: string | undefined }> {
    const rows = await this.#instances.list({ ...query, most: pageSize + 1 })
    const page = rows.slice(0, pageSize)
    const last = page.at(-1)
    const next = rows.length > pageSize && last !== undefined ? `${last.created}-${last.id}` : undefined
    return { jobs: await Promise.all(page.map(row => this.status(row))), next }
  }
}

const ended = (id: string): GridwrapError =>
  new GridwrapError('not-found', `The instance ${id} has ended.`, {
    hint: 'Its files are gone. Instances are kept as long as keepSeconds says; extend prolongs that.',
    detail: { why: 'ended' },
  })
