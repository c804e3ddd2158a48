import { type ChecksumName, checksumPreference } from '../core/checksum.ts'
import { unlessNotFound } from '../core/not-found.ts'
import type { Entry } from './endpoint.ts'
import type { Endpoints } from './endpoints.ts'
import type { Location } from './location.ts'
import { PartialFile } from './partial-file.ts'
import { type RetryPolicy, retrying } from './retry.ts'

/** When a file that is there already is as good as copied: by size, by size and time (not older), by checksum. */
export type Sync = 'size' | 'time' | 'checksum'

interface Place {
  readonly source: Location
  readonly destination: Location
  /** What lies at the source. */
  readonly entry: Entry
}

interface LookOptions {
  readonly algorithms?: readonly ChecksumName[]
  readonly signal?: AbortSignal | undefined
  readonly retry?: RetryPolicy
  readonly listener?: { onRetry?(error: unknown, delayMs: number): void } | undefined
}

/**
 * Whether a file need not be copied, because it is there already; then nothing that an earlier attempt left of it is of use
 * any more, and is removed. Throws what cannot be found out for a passing cause.
 */
export async function isThere(
  endpoints: Endpoints,
  place: Place,
  by: Sync,
  options: LookOptions = {},
): Promise<boolean> {
  const { source, destination } = place
  const there = await looksThere(endpoints, place, by, options)
  if (there && destination.scheme === 'file') await PartialFile.removeLeft(destination.path, source.text)
  return there
}

async function looksThere(
  endpoints: Endpoints,
  { source, destination, entry }: Place,
  by: Sync,
  { algorithms = checksumPreference, signal, retry = {}, listener }: LookOptions,
): Promise<boolean> {
  const [from, to] = [endpoints.at(source), endpoints.at(destination)]
  const look = (): Promise<Entry | undefined> => to.stat(destination.path, signal).catch(unlessNotFound)
  const there = await retrying(look, retry, {
    moved: () => false,
    signal,
    onRetry: (error, delayMs) => listener?.onRetry?.(error, delayMs),
  })
  if (there === undefined || there.kind !== 'file' || there.size === undefined || there.size !== entry.size)
    return false
  if (by === 'size') return true
  // Servers tell whole seconds.
  if (by === 'time') return seconds(there.modified) >= seconds(entry.modified)
  // Whoever can do less is asked first: a server before this machine, which knows them all.
  const ends = [
    { endpoint: from, path: source.path },
    { endpoint: to, path: destination.path },
  ]
  const [first, second] = source.scheme === 'file' ? ends.reverse() : ends
  const one = await first?.endpoint.checksum(first.path, algorithms, signal)
  const other = one === undefined ? undefined : await second?.endpoint.checksum(second.path, [one.name], signal)
  return one !== undefined && one.value === other?.value
}

const seconds = (ms: number | undefined): number => Math.floor((ms ?? 0) / 1000)
