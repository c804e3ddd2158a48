import { wallClock } from '../core/clock.ts'
import { crashPoint } from '../core/crash-point.ts'
import { isId } from '../core/ids.ts'
import type { Log } from '../core/log.ts'
import { removeInstanceDirectory } from '../files/instance-directory.ts'
import { listInstanceDirectories } from '../files/list-instance-directories.ts'
import type { InstanceRow } from '../store/rows.ts'
import type { Store } from '../store/store.ts'
import type { AttemptDesk } from './attempt-desk.ts'

const strayAgeMs = 10 * 60_000

/** Instances that are taken away at once: each waits for the disk and for the store, and programs start meanwhile. */
const atOnce = 8

/** Takes away what destroyed instances left: first the program, then the files, then all of the row but the tombstone. */
export async function sweepDestroyed(store: Store, desk: AttemptDesk, log: Log, stop: AbortSignal): Promise<void> {
  const rows = [...(await store.instances.unclean(100))]
  const work = async (): Promise<void> => {
    for (let row = rows.shift(); row !== undefined && !stop.aborted; row = rows.shift())
      await sweepOne(row, store, desk, log)
  }
  await Promise.all(Array.from({ length: atOnce }, work))
}

async function sweepOne(row: InstanceRow, store: Store, desk: AttemptDesk, log: Log): Promise<void> {
  try {
    if (!(await desk.quiet(row))) return
    await removeInstanceDirectory(desk.instancesRoot, row.id)
    crashPoint('keeper.sweep.after-remove')
    await store.writer.run('markCleaned', { id: row.id, now: wallClock() })
    log.info({ instance: row.id }, 'an instance is gone')
  } catch (error) {
    // One that resists does not keep the others.
    log.error({ instance: row.id, err: error }, 'an instance could not be taken away; it is tried again')
    // Files of another account, which could not be taken back when its program ended.
    await desk
      .reclaimAll(row.id)
      .catch((also: unknown) =>
        log.error({ instance: row.id, err: also }, 'files of an instance could not be taken back'),
      )
  }
}

/** Removes directories that no row speaks of: a front end was killed between making one and committing its row. */
export async function removeStrays(store: Store, instancesRoot: string, log: Log): Promise<void> {
  try {
    for await (const { id, changed } of listInstanceDirectories(instancesRoot)) {
      // The file system's stamps are of the machine's clock, whatever ours is set to.
      if (!isId(id) || Date.now() - changed < strayAgeMs || (await store.instances.get(id)) !== undefined) continue
      log.warn({ instance: id }, 'a directory that belongs to no instance is removed')
      await removeInstanceDirectory(instancesRoot, id)
    }
  } catch (error) {
    log.error({ err: error }, 'directories that belong to no instance could not be removed; it is tried again')
  }
}
