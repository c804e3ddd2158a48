import { mkdir, readdir, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { RunAdapter } from '../adapters/adapter.ts'
import {
  type CheckpointManifest,
  manifestName,
  mostManifestBytes,
  stateFolder,
} from '../application/checkpoint-manifest.ts'
import type { InstalledApplications } from '../application/installed-applications.ts'
import type { Checkpoint } from '../application/model.ts'
import type { StoredInputs } from '../application/stored-values.ts'
import { monotonic, wallClock } from '../core/clock.ts'
import { crashPoint } from '../core/crash-point.ts'
import { delay } from '../core/deadline.ts'
import { GridwrapError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import { addBytes, addFile, closeArchive } from '../files/archive.ts'
import { openForChange } from '../files/confined.ts'
import { instanceDirectory } from '../files/instance-directory.ts'
import { makeManifest } from '../files/manifest.ts'
import { findState, type SavedState, sameState } from '../files/saved-state.ts'
import { SpoolFile } from '../files/spool.ts'
import { askSession, HolderGone, NobodyThere } from '../holder/session-client.ts'
import type { CheckpointRow, InstanceRow } from '../store/rows.ts'
import type { Store } from '../store/store.ts'
import type { AttemptDesk } from './attempt-desk.ts'

/** Between two looks at what a program saves; two that see the same say that it is whole. */
const lookMs = 250
/** So long a program may take to save what it has. */
const patienceMs = 15 * 60_000
/** How often an archive is begun anew because the program wrote into what was packed. */
const mostTries = 20
/** In one archive. */
const mostFiles = 10_000

/** What its owner is told when there is none. */
class NoCheckpoint extends Error {}

/**
 * Makes the checkpoints that owners want: tells the program, where it has to be told, waits until what it saves is whole,
 * and packs that. Everything it knows it can read again; what is told twice saves twice.
 */
export class CheckpointMaker {
  readonly #store: Store
  readonly #applications: InstalledApplications
  readonly #desk: AttemptDesk
  readonly #adapter: RunAdapter
  readonly #log: Log
  readonly #making = new Map<string, Promise<void>>()
  readonly #stop = new AbortController()

  constructor(store: Store, applications: InstalledApplications, desk: AttemptDesk, adapter: RunAdapter, log: Log) {
    this.#store = store
    this.#applications = applications
    this.#desk = desk
    this.#adapter = adapter
    this.#log = log
  }

  /** Begins what an instance wants made, if it does. Does not wait for it. */
  async step(row: InstanceRow): Promise<void> {
    if (this.#making.has(row.id) || row.destroyed !== null || this.#stop.signal.aborted) return
    const wanted = await this.#store.instances.wantedCheckpoint(row.id)
    if (wanted === undefined || this.#making.has(row.id)) return
    const making = this.#make(row, wanted)
      .catch((error: unknown) => {
        if (this.#stop.signal.aborted) return
        this.#log.error({ instance: row.id, err: error }, 'a checkpoint could not be made; it is tried again')
        setTimeout(() => void this.#again(row.id), 5000).unref()
      })
      .finally(() => {
        this.#making.delete(row.id)
        // Another may have been asked for meanwhile, and its event was passed over.
        if (!this.#stop.signal.aborted) void this.#again(row.id)
      })
    this.#making.set(row.id, making)
  }

  /** Stops waiting; what is wanted stays so for the next keeper. */
  async release(): Promise<void> {
    this.#stop.abort(new Error('The keeper is stopping.'))
    await Promise.allSettled(this.#making.values())
  }

  async #again(id: string): Promise<void> {
    const row = await this.#store.instances.get(id).catch(() => undefined)
    if (row !== undefined) await this.step(row).catch(() => undefined)
  }

  async #make(row: InstanceRow, wanted: CheckpointRow): Promise<void> {
    const { application } = await this.#applications.byDigest(row.digest)
    const { work, spool, checkpoints } = instanceDirectory(this.#desk.instancesRoot, row.id)
    const finish = async (made: { size: number; sha256: string } | { problem: string }): Promise<void> => {
      await this.#store.writer.run('finishCheckpoint', { id: row.id, number: wanted.number, made, now: wallClock() })
      await removeOthers(checkpoints, await this.#store.instances.checkpoints(row.id))
    }
    try {
      const { checkpoint } = application
      if (checkpoint === undefined) throw new NoCheckpoint('The program has no way to save its state.')
      await this.#untilSaved(row.id, wanted, checkpoint, work)
      const about = {
        gridwrap: 1 as const,
        ...{ application: application.name, digest: row.digest, job: row.id },
        ...{ made: new Date(wallClock()).toISOString(), inputs: plainInputs(row.inputs) },
      }
      // Not with what is above it: an instance that is being taken away is not made again.
      await mkdir(checkpoints, { mode: 0o750 }).catch(unlessThere)
      const made = await this.#pack(about, checkpoint, { work, spool, checkpoints }, wanted.number)
      crashPoint('keeper.checkpoint.after-archive')
      await finish(made)
      this.#log.info({ instance: row.id, number: wanted.number, bytes: made.size }, 'a checkpoint was made')
    } catch (error) {
      if (error instanceof NoCheckpoint) await finish({ problem: error.message })
      // A name that no archive has room for, a disk that is full: it would be so again.
      else if (error instanceof GridwrapError || error instanceof RangeError) await finish({ problem: error.message })
      else throw error
    }
  }

  /** Returns when what the program has saved can be packed. */
  async #untilSaved(id: string, wanted: CheckpointRow, checkpoint: Checkpoint, work: string): Promise<void> {
    const { how, stops } = checkpoint
    const { attempts } = (await this.#store.instances.get(id)) ?? { attempts: 0 }
    // It may have been launched, and nobody has seen it run yet.
    await this.#until(id, attempts, async ({ state }) => state !== 'Pending')
    if (how.by === 'session') return this.#saveSession(id, work)
    if (how.by !== 'itself') {
      const before = await findState(work, checkpoint.state)
      const told = await this.#tell(id, wanted, checkpoint, work)
      if (told !== undefined)
        await this.#until(id, told, async () => !stops && !sameState(before, await findState(work, checkpoint.state)))
    }
    let last: SavedState | undefined
    await this.#until(id, attempts, async () => {
      const now = await findState(work, checkpoint.state)
      const settled = now !== undefined && sameState(last, now)
      last = now
      return settled
    })
  }

  /** A session saves itself when it is called; one that sleeps has done so. */
  async #saveSession(id: string, work: string): Promise<void> {
    const begun = monotonic()
    while (monotonic() - begun < patienceMs) {
      this.#stop.signal.throwIfAborted()
      const row = await this.#store.instances.get(id)
      if (row?.state === 'Suspended' && this.#desk.live(id) !== undefined)
        throw new NoCheckpoint('The session is suspended, and cannot save itself; resume it first.')
      if (row?.state !== 'Active' && row?.state !== 'Pending') return
      try {
        const answer = await askSession(work, { verb: 'save', timeout: patienceMs }, this.#stop.signal)
        if ('saved' in answer) return
        if ('problem' in answer) throw new NoCheckpoint(`The session could not be saved: ${answer.problem}.`)
      } catch (error) {
        if (!(error instanceof NobodyThere) && !(error instanceof HolderGone)) throw error
      }
      await delay(lookMs, this.#stop.signal)
    }
    throw new NoCheckpoint('The session was not saved within 15 minutes.')
  }

  /** The number of the attempt that was told; undefined when no program runs that could hear it. */
  async #tell(
    id: string,
    { number, told }: CheckpointRow,
    { how }: Checkpoint,
    work: string,
  ): Promise<number | undefined> {
    const row = await this.#store.instances.get(id)
    const live = this.#desk.live(id)
    if (live === undefined || row?.state !== 'Active') return told ?? undefined
    // An earlier keeper told another attempt, which has ended since: that one is waited for, and not this one told.
    if (told !== null && told !== row.attempts) return told
    await this.#store.writer.run('tellCheckpoint', { id, number, attempt: row.attempts })
    if (how.by === 'signal') await this.#adapter.signal?.(live.spec, how.signal)
    if (how.by === 'file') {
      await using _ = await openForChange(work, how.name, { create: true, mode: 0o660 })
    }
    return row.attempts
  }

  /** Looks again and again; also ends when that attempt has. Rejects when it takes too long or the instance is destroyed. */
  async #until(id: string, attempt: number, look: (row: InstanceRow) => Promise<boolean>): Promise<void> {
    const end = monotonic() + patienceMs
    for (;;) {
      const row = await this.#store.instances.get(id)
      if (row === undefined || row.destroyed !== null) throw new NoCheckpoint('The job was destroyed.')
      if (await look(row)) return
      const attempts = await this.#store.instances.attempts(id)
      if (attempts.find(one => one.number === attempt)?.state === 'ended') return
      if (monotonic() > end) throw new NoCheckpoint('The program did not save its state within 15 minutes.')
      await delay(lookMs, this.#stop.signal)
    }
  }

  /** Packs the state, again as long as the program writes into it meanwhile. */
  async #pack(
    about: Omit<CheckpointManifest, 'state' | 'files'>,
    checkpoint: Checkpoint,
    places: { readonly work: string; readonly spool: string; readonly checkpoints: string },
    number: number,
  ): Promise<{ readonly size: number; readonly sha256: string }> {
    for (let tries = 0; tries < mostTries; tries++) {
      this.#stop.signal.throwIfAborted()
      const state = await findState(places.work, checkpoint.state)
      if (state === undefined)
        throw new NoCheckpoint('The program has not saved anything yet that a run could go on from.')
      const packed = await packOnce(about, state, places, number)
      if (packed !== undefined) return packed
      await delay(lookMs, this.#stop.signal)
    }
    throw new NoCheckpoint('The program wrote into its state again and again while it was packed.')
  }
}

async function packOnce(
  about: Omit<CheckpointManifest, 'state' | 'files'>,
  state: SavedState,
  { work, spool, checkpoints }: { readonly work: string; readonly spool: string; readonly checkpoints: string },
  number: number,
): Promise<{ readonly size: number; readonly sha256: string } | undefined> {
  if (state.truncated || state.files.length > mostFiles)
    throw new NoCheckpoint(`The state has more than ${mostFiles} files, which are more than a checkpoint takes.`)
  const files: { name: string; size: number; sha256: string }[] = []
  for (const { name } of state.files) {
    const [file] = (await makeManifest(work, { kind: 'file', name })).files
    if (file === undefined) return undefined
    files.push({ name, size: file.size, sha256: file.sha256 })
  }
  await using archive = await SpoolFile.open(spool, { limit: Number.MAX_SAFE_INTEGER, what: 'The checkpoint' })
  const manifest: CheckpointManifest = { ...about, state: state.name, files }
  const text = Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`)
  if (text.length > mostManifestBytes) throw new NoCheckpoint('The inputs of the job are too large for a checkpoint.')
  await addBytes(archive, manifestName, text)
  for (const file of files) if (!(await addFile(archive, work, file, `${stateFolder}${file.name}`))) return undefined
  await closeArchive(archive)
  const received = await archive.finish()
  await archive.commit(checkpoints, `${number}.tar`)
  return received
}

/** What the program was run with, but for files: for people, and for who runs it again by hand. */
function plainInputs(json: string | null): CheckpointManifest['inputs'] {
  const stored = JSON.parse(json ?? '{}') as StoredInputs
  return Object.fromEntries(
    Object.entries(stored).filter(([, value]) =>
      [value].flat().every(one => typeof one !== 'object' || 'integer' in one),
    ),
  ) as CheckpointManifest['inputs']
}

/** Takes away archives that no row speaks of: a keeper was killed before it removed them. */
async function removeOthers(folder: string, kept: readonly CheckpointRow[]): Promise<void> {
  const names = new Set(kept.filter(one => one.state !== 'failed').map(one => `${one.number}.tar`))
  for (const name of await readdir(folder).catch(() => []))
    if (!names.has(name)) await unlink(join(folder, name)).catch(unlessGone)
}

const unlessThere = (error: NodeJS.ErrnoException): void => {
  if (error.code !== 'EEXIST') throw error
}

const unlessGone = (error: NodeJS.ErrnoException): void => {
  if (error.code !== 'ENOENT') throw error
}
