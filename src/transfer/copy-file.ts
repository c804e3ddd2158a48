import { type ChecksumName, checksumPreference } from '../core/checksum.ts'
import { GridwrapError } from '../core/errors.ts'
import { ByteRanges } from '../gridftp/protocol/byte-ranges.ts'
import type { PerformanceMarker } from '../gridftp/protocol/markers.ts'
import { bothSides } from './both-sides.ts'
import type { Copied, CopyOptions } from './copy-options.ts'
import { copyStream } from './copy-stream.ts'
import type { Endpoint, Entry } from './endpoint.ts'
import type { Endpoints } from './endpoints.ts'
import type { Location } from './location.ts'
import { PartialFile } from './partial-file.ts'
import { GridFtpEndpoint } from './protocols/gridftp.ts'
import { Relay } from './relay.ts'
import { retrying, WrongBytes } from './retry.ts'
import { requireTwoPlaces } from './two-places.ts'

/** Bytes by which an attempt must come further than all before it, to count as one that worked. */
const leastProgress = 65_536

/** What one copy needs in each of its attempts. */
interface Task {
  readonly source: Location
  readonly destination: Location
  readonly from: Endpoint
  readonly to: Endpoint
  readonly entry: Entry
  readonly options: CopyOptions
  /** What the destination is known to have, when it is a server. */
  stored: ByteRanges | undefined
  /** Bytes that were sent to it, in all attempts. */
  sent: number
  /** Bytes that need not be moved again, because an earlier attempt had come so far. */
  resumed: number
  readonly onBytes: (count: number) => void
}

/**
 * Copies one file from anywhere to anywhere. Attempts that fail for a passing cause are followed by others, which go on
 * where the last one ended. It is done when the destination has as many bytes as the source, and the same checksum
 * where both can tell it. Throws GridwrapError, or what the last attempt threw.
 */
export async function copyFile(
  endpoints: Endpoints,
  source: Location,
  destination: Location,
  options: CopyOptions = {},
): Promise<Copied> {
  if (source.scheme === 'stream' || destination.scheme === 'stream')
    return copyStream(endpoints, source, destination, options)
  const { signal, listener, retry = {} } = options
  const [from, to] = [endpoints.at(source), endpoints.at(destination)]
  await requireTwoPlaces(source, destination)
  let moved = 0
  let position = 0
  let reached = 0
  let attempts = 0
  let mismatches = 0
  const onBytes = (count: number): void => {
    moved += count
    listener?.onBytes?.(count)
  }
  let task: Task | undefined
  let { known } = options
  const attempt = async (): Promise<Copied> => {
    attempts++
    const isOld = known !== undefined
    const entry = known ?? (await from.stat(source.path, signal))
    known = undefined
    requireFile(entry, source)
    // What changed meanwhile is another file: nothing of the first one is good any more.
    if (task === undefined || !isSame(task.entry, entry))
      task = { source, destination, from, to, entry, options, stored: undefined, sent: 0, resumed: 0, onBytes }
    const before = moved
    task.resumed = 0
    try {
      const { size, verified } = await copyOnce(task)
      return { size, verified, attempts }
    } catch (error) {
      // What was refused before a byte was sent has left what was there.
      if (moved > before) task.stored ??= new ByteRanges()
      task.sent += moved - before
      // What is moved in vain, again and again, leads nowhere.
      position = task.resumed + moved - before
      // Perhaps it changed before the copy began: it was listed a while ago.
      if (isOld && signal?.aborted !== true && !isSame(entry, await from.stat(source.path, signal))) {
        listener?.onBytes?.(before - moved)
        moved = before
        task = undefined
        return attempt()
      }
      if (error instanceof WrongBytes) {
        // Once is an accident of the network; twice is something that is not going to go away.
        if (++mismatches === 3) throw new GridwrapError('transfer-failed', error.message, { cause: error })
        task = undefined
        listener?.onBytes?.(-(moved - before))
        moved = before
      }
      throw error
    }
  }
  return retrying(attempt, retry, {
    signal,
    onRetry: (error, delayMs) => listener?.onRetry?.(error, delayMs),
    moved: () => {
      // A server that gives a byte each time would never come to an end.
      const further = position >= reached + leastProgress
      reached = Math.max(reached, position)
      return further
    },
  })
}

async function copyOnce(task: Task): Promise<Omit<Copied, 'attempts'>> {
  const { to, destination, entry, options } = task
  if (destination.scheme === 'file') return intoLocalFile(task)
  const resumed = task.stored !== undefined
  await send(task)
  const { size } = await to.stat(destination.path, options.signal).catch((error: unknown) => {
    // Some servers let one write, and not look.
    if (
      error instanceof GridwrapError &&
      /denied|transfer-failed|not-found/.test(error.code) &&
      destination.scheme.startsWith('http')
    )
      return { size: undefined }
    throw error
  })
  if (entry.size !== undefined && size !== undefined && size !== entry.size)
    throw new WrongBytes(`${destination.text} has ${size} bytes, and ${task.source.text} has ${entry.size}.`)
  const verified = await verify(task, resumed, async name => {
    // What one may not look at has no checksum either.
    return size === undefined && options.verify !== 'required'
      ? undefined
      : await to.checksum(destination.path, name, options.signal)
  })
  await requireUnchanged(task)
  if (options.preserveTime === true && entry.modified !== undefined)
    await to.setModified(destination.path, entry.modified)
  return { size: size ?? entry.size ?? 0, verified: verified ?? (size === undefined ? 'not at all' : 'size') }
}

/** Brings the bytes to a server. */
async function send(task: Task): Promise<void> {
  const { source, destination, from, to, entry, options, stored, onBytes } = task
  const { signal, relay = false } = options
  const writing = {
    stored,
    sent: task.sent,
    signal,
    onBytes,
    onResumed: (bytes: number): void => {
      task.resumed = bytes
    },
    onPerformance: (marker: PerformanceMarker): void => options.listener?.onPerformance?.(marker),
    onStored: (ranges: ByteRanges): void => {
      options.listener?.onRestart?.(ranges)
      task.stored ??= new ByteRanges()
      for (const { start, end } of ranges) task.stored.add(start, end)
    },
  }
  if (from.open !== undefined) {
    await using file = await from.open(source.path)
    return await to.write(destination.path, file, writing)
  }
  const direct = !relay && source.scheme === 'gsiftp' && destination.scheme === 'gsiftp'
  if (direct && from instanceof GridFtpEndpoint && to instanceof GridFtpEndpoint)
    return from.sendTo(source.path, to, destination.path, entry.size, writing)
  // By here: the one is read while the other is written, from the beginning.
  const pipe = new Relay(entry.size)
  await bothSides(
    pipe,
    from.read(source.path, pipe, { have: new ByteRanges(), inOrder: true, signal, onBytes: () => undefined }),
    to.write(destination.path, pipe, { ...writing, stored: undefined }),
  )
}

async function intoLocalFile(task: Task): Promise<Omit<Copied, 'attempts'>> {
  const { source, destination, from, entry, options, onBytes } = task
  const { signal } = options
  const of = { source: source.text, size: entry.size, modified: entry.modified, tag: entry.tag }
  await using file = await PartialFile.open(destination.path, of)
  const had = file.ranges.size
  if (had > 0 && task.stored === undefined) onBytes(had)
  else task.resumed = had
  await from.read(source.path, file, { have: ByteRanges.of(file.ranges), inOrder: !file.isRegular, signal, onBytes })
  const size = file.isRegular ? file.ranges.size : (entry.size ?? 0)
  if (entry.size !== undefined && (size !== entry.size || !file.covers(entry.size))) {
    await file.forget()
    throw new WrongBytes(`${source.text} has ${entry.size} bytes, and ${size} came.`)
  }
  const verified = file.isRegular
    ? await verify(task, false, names => task.to.checksum(file.place, names, signal)).catch(async (error: unknown) => {
        if (error instanceof WrongBytes) await file.forget()
        throw error
      })
    : undefined
  await requireUnchanged(task)
  await file.commit(options.preserveTime === true ? entry.modified : undefined)
  return { size, verified: verified ?? (entry.size === undefined ? 'not at all' : 'size') }
}

/** Compares the two ends. undefined: they were not compared. Throws WrongBytes when they differ. */
async function verify(
  { source, destination, from, options }: Task,
  guessed: boolean,
  checksumThere: (names: readonly ChecksumName[]) => ReturnType<Endpoint['checksum']>,
): Promise<{ readonly name: ChecksumName; readonly value: string } | undefined> {
  const { verify: how = 'possible', algorithms = checksumPreference, signal, listener } = options
  if (how === 'no' && !guessed) return undefined
  // Whoever can do less is asked first: a server before this machine, which knows them all.
  const ask = (names: readonly ChecksumName[]) => from.checksum(source.path, names, signal)
  const [first, second] = source.scheme === 'file' ? [checksumThere, ask] : [ask, checksumThere]
  const [preferred] = algorithms
  if (preferred !== undefined) listener?.onVerify?.(preferred)
  const one = await first(algorithms)
  const other = one === undefined ? undefined : await second([one.name])
  if (one === undefined || other === undefined) {
    if (how !== 'required') return undefined
    throw new GridwrapError('transfer-failed', `${source.text} and ${destination.text} have no checksum in common.`, {
      hint: 'Leave the verification to the sizes, or name another algorithm.',
    })
  }
  if (one.value === other.value) return one
  throw new WrongBytes(`${destination.text} is not what ${source.text} is: their ${one.name} checksums differ.`)
}

/** A file that is written while it is copied is two files in one. */
async function requireUnchanged({ source, from, entry, options }: Task): Promise<void> {
  const now = await from.stat(source.path, options.signal)
  if (isSame(now, entry)) return
  throw new GridwrapError('transfer-failed', `${source.text} was changed while it was copied.`, {
    hint: 'Copy it again when nobody writes it.',
  })
}

const isSame = (one: Entry, other: Entry): boolean =>
  one.size === other.size && one.modified === other.modified && one.tag === other.tag

function requireFile(entry: Entry, { text }: Location): void {
  if (entry.kind === 'directory')
    throw new GridwrapError('invalid-input', `${text} is a directory.`, { hint: 'Copy a directory with -r.' })
}
