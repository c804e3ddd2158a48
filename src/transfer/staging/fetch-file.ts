import { open } from 'node:fs/promises'
import { GridwrapError } from '../../core/errors.ts'
import { formatSize } from '../../core/quantities.ts'
import { sha256Of } from '../../files/checksum.ts'
import { copyFile } from '../copy-file.ts'
import type { CopyOptions } from '../copy-options.ts'
import type { Endpoints } from '../endpoints.ts'
import { parseLocation, serverOf } from '../location.ts'
import { retrying } from '../retry.ts'
import type { InputCache } from './input-cache.ts'

/** What was fetched. */
export interface Fetched {
  readonly size: number
  /** Lower-case hexadecimal. */
  readonly sha256: string
}

/**
 * Fetches a file to a path of the container's own; one that is there already is the whole file, from an attempt whose end
 * nobody heard of. Throws GridwrapError, or what the last attempt threw.
 */
export async function fetchFile(
  endpoints: Endpoints,
  url: string,
  path: string,
  mostBytes: number,
  cache: InputCache,
  options: CopyOptions & { readonly onSize?: (size: number) => void },
): Promise<Fetched> {
  const there = await summed(path)
  if (there !== undefined) return there
  const source = parseLocation(url)
  const from = endpoints.at(source)
  const { signal, listener, retry = {} } = options
  const { size } = await retrying(() => from.stat(source.path, signal), retry, {
    moved: () => false,
    signal,
    onRetry: listener?.onRetry,
  })
  if (size !== undefined) {
    requireRoom(size, mostBytes, url)
    options.onSize?.(size)
    if (await cache.mayHave(size)) {
      const sum = await from.checksum(source.path, ['SHA256'], signal).catch(() => undefined)
      if (sum !== undefined && (await cache.give(serverOf(source), size, sum.value, path)))
        return { size, sha256: sum.value }
    }
  }
  let came = 0
  const stop = new AbortController()
  await copyFile(endpoints, source, parseLocation(path), {
    ...options,
    signal: signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]),
    listener: {
      ...listener,
      onBytes: count => {
        came += count
        // A server that did not say how much there is, or did not tell the truth.
        if (came > mostBytes) stop.abort(tooLarge(mostBytes, url))
        listener?.onBytes?.(count)
      },
    },
  })
  const fetched = await summed(path)
  if (fetched === undefined) throw new Error('A file that was fetched is gone.')
  await cache.keep(serverOf(source), path, fetched.size, fetched.sha256)
  return fetched
}

async function summed(path: string): Promise<Fetched | undefined> {
  const handle = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
    return undefined
  })
  if (handle === undefined) return undefined
  await using _open = handle
  return await sha256Of(handle)
}

function requireRoom(size: number, mostBytes: number, url: string): void {
  if (size > mostBytes) throw tooLarge(mostBytes, url)
}

const tooLarge = (mostBytes: number, url: string): GridwrapError =>
  new GridwrapError('too-large', `${url} is larger than the ${formatSize(mostBytes)} that may still be stored for you.`)
