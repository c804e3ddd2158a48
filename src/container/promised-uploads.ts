import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { wallClock } from '../core/clock.ts'
import { GridwrapError } from '../core/errors.ts'
import { newId } from '../core/ids.ts'
import { formatSize } from '../core/quantities.ts'
import { overQuota } from '../factory/over-quota.ts'
import { instanceDirectory } from '../files/instance-directory.ts'
import type { InstanceStore } from '../store/instance-store.ts'
import type { InstanceRow, InstanceState, UploadRow } from '../store/rows.ts'
import type { Quota } from '../store/writes/quota.ts'

export interface UploadTerms {
  readonly instancesRoot: string
  readonly mostBytes: number
  readonly quota: Quota
}

/** What became of a file that was sent. */
export interface TakenUpload {
  readonly size: number
  readonly state: InstanceState
}

/** Files that instances wait for, by whichever way they are sent: the same rules, and the same end. */
export class PromisedUploads {
  readonly #instances: InstanceStore
  readonly #terms: UploadTerms

  constructor(instances: InstanceStore, terms: UploadTerms) {
    this.#instances = instances
    this.#terms = terms
  }

  /** Where what is sent lies until it is taken: on the file system of the instance. */
  spoolOf(row: InstanceRow): string {
    return instanceDirectory(this.#terms.instancesRoot, row.id).spool
  }

  /** The promised file of this name; undefined when there is none. */
  async find(row: InstanceRow, name: string): Promise<UploadRow | undefined> {
    return (await this.#instances.uploads(row.id)).find(one => one.name === name)
  }

  /**
   * The most bytes that are taken for a file. `expected`: how many will come, 0 when nobody said. Throws GridwrapError when
   * the instance does not wait for it, or not any more, and when it is too large.
   */
  async room(row: InstanceRow, name: string, expected: number): Promise<number> {
    if ((await this.find(row, name)) === undefined) {
      throw new GridwrapError(
        'not-found',
        `The instance ${row.id} does not wait for a file called ${JSON.stringify(name.slice(0, 80))}.`,
        {
          hint: 'A file can be PUT only where submit or createService promised it with <upload>true</upload>.',
        },
      )
    }
    if (row.state !== 'Unsubmitted' && row.state !== 'StageIn') throw tooLate(row)
    const { mostBytes, quota } = this.#terms
    const limit = Math.min(mostBytes, quota.storedBytes - (await this.#instances.storedBytes(row.owner)))
    if (expected > limit) {
      if (expected <= mostBytes) throw overQuota({ outcome: 'over-quota', limit: 'stored', allowed: quota.storedBytes })
      throw new GridwrapError(
        'too-large',
        `The file has ${formatSize(expected)}; at most ${formatSize(mostBytes)} are taken.`,
      )
    }
    return Math.max(0, limit)
  }

  /**
   * Takes what was sent: `commit` puts it into the spool under the name that it is given, then the store is told, which
   * takes it or does not. What is not taken, or was replaced, is removed. Throws GridwrapError.
   */
  async take(
    row: InstanceRow,
    name: string,
    size: number,
    commit: (place: string) => Promise<void>,
  ): Promise<TakenUpload> {
    const place = `${name}.${newId()}`
    await commit(place)
    let unused: string | undefined = place
    try {
      const { quota } = this.#terms
      const received = await this.#instances.write('receiveUpload', {
        ...{ id: row.id, name, size, spool: place, quota },
        now: wallClock(),
      })
      if (received.outcome === 'over-quota') throw overQuota(received)
      if (received.outcome === 'too-late') throw tooLate(await this.#instances.get(row.id))
      unused = received.replaced
      return { size, state: received.state }
    } finally {
      if (unused !== undefined) await rm(join(this.spoolOf(row), unused), { force: true })
    }
  }
}

const tooLate = (row: InstanceRow | undefined): GridwrapError =>
  new GridwrapError('not-ready', `The instance ${row?.id} is ${row?.state}: it takes no files any more.`, {
    hint: 'Files are PUT before the program starts.',
  })
