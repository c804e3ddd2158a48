import { dirname } from 'node:path'
import { GridwrapError } from '../../core/errors.ts'
import { copyFile } from '../copy-file.ts'
import type { CopyOptions } from '../copy-options.ts'
import type { Endpoints } from '../endpoints.ts'
import { isThere } from '../is-there.ts'
import { type Location, parseLocation } from '../location.ts'
import type { Fetched } from './fetch-file.ts'

/**
 * Sends a file of a job (a path below the endpoints' local root) to a URL; `again`: unless it is there, the same by checksum.
 * Throws GridwrapError, or what the last attempt threw.
 */
export async function deliverFile(
  endpoints: Endpoints,
  file: string,
  url: string,
  again: boolean,
  options: CopyOptions,
): Promise<Fetched> {
  const source: Location = {
    scheme: 'file',
    host: '',
    port: 0,
    user: undefined,
    password: undefined,
    path: file,
    text: file,
  }
  const destination = parseLocation(url)
  // Into a directory a file goes under the path that it has here.
  const encoded = file.split('/').map(encodeURIComponent).join('/')
  if (file.includes('/') && url.endsWith(`/${encoded}`))
    await endpoints.at(destination).makeDirectories(dirname(destination.path))
  const there = again ? await sent(endpoints, source, destination, options) : undefined
  const { size } = there ?? (await copyFile(endpoints, source, destination, options))
  const sum = await endpoints.at(source).checksum(file, ['SHA256'])
  if (sum === undefined) throw new GridwrapError('transfer-failed', `${file} has no checksum.`)
  return { size, sha256: sum.value }
}

/** What an earlier attempt has sent whole: only its being done was never noted. */
async function sent(
  endpoints: Endpoints,
  source: Location,
  destination: Location,
  options: CopyOptions,
): Promise<{ readonly size: number } | undefined> {
  const entry = await endpoints.at(source).stat(source.path, options.signal)
  const { size } = entry
  if (size === undefined) return undefined
  const there = await isThere(endpoints, { source, destination, entry }, 'checksum', options).catch(
    (error: unknown) => {
      options.signal?.throwIfAborted()
      // Where one may write and not look nobody knows: it is sent again.
      if (error instanceof GridwrapError && error.code !== 'busy' && error.code !== 'credential-problem') return false
      throw error
    },
  )
  return there ? { size } : undefined
}
