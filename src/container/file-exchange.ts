import { rm } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { wallClock } from '../core/clock.ts'
import { GridwrapError } from '../core/errors.ts'
import { newId } from '../core/ids.ts'
import { formatSize } from '../core/quantities.ts'
import type { InstanceFiles } from '../factory/instance-files.ts'
import { overQuota } from '../factory/over-quota.ts'
import { parseByteRange } from '../files/byte-range.ts'
import { instanceDirectory } from '../files/instance-directory.ts'
import { mediaTypeOf } from '../files/media-type.ts'
import { SpoolFile } from '../files/spool.ts'
import type { InstanceStore } from '../store/instance-store.ts'
import type { InstanceRow } from '../store/rows.ts'
import type { Quota } from '../store/writes/quota.ts'
import { inviteBody } from './exchange.ts'

/** GET and HEAD of a file of an instance, whole or one range (RFC 9110 section 14). Streamed, never held in memory. */
export async function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  row: InstanceRow,
  path: string,
  files: InstanceFiles,
): Promise<void> {
  const { handle, stat } = await files.open(row, path)
  await using file = handle
  const range = parseByteRange(request.headers.range, stat.size)
  const etag = `"${stat.mtimeMs.toString(36)}-${stat.size.toString(36)}"`
  const headers = {
    'Content-Type': mediaTypeOf(path),
    'Last-Modified': stat.mtime.toUTCString(),
    ETag: etag,
    'Accept-Ranges': 'bytes',
    'X-Content-Type-Options': 'nosniff',
    // What a program wrote is shown, not run, in this container's name.
    'Content-Security-Policy': "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:",
    'Cache-Control': 'no-cache',
  }
  if (range === 'unsatisfiable') {
    response.setHeader('Content-Range', `bytes */${stat.size}`)
    throw new GridwrapError(
      'range-not-satisfiable',
      `The range ${JSON.stringify(request.headers.range?.slice(0, 80) ?? '')} lies outside the ${stat.size} bytes of the file.`,
    )
  }
  if (request.headers['if-none-match'] === etag) {
    response.writeHead(304, headers).end()
    return
  }
  const ifRange = request.headers['if-range']
  const part = range === 'whole' || (ifRange !== undefined && ifRange !== etag) ? undefined : range
  const { start, end } = part ?? { start: 0, end: stat.size - 1 }
  const length = Math.max(0, end - start + 1)
  response.writeHead(part === undefined ? 200 : 206, {
    ...headers,
    'Content-Length': length,
    ...(part === undefined ? {} : { 'Content-Range': `bytes ${start}-${end}/${stat.size}` }),
  })
  if (request.method === 'HEAD' || length === 0) {
    response.end()
    return
  }
  await pipeline(file.createReadStream({ start, end, autoClose: false, highWaterMark: 256 * 1024 }), response)
}

export interface UploadTerms {
  readonly instancesRoot: string
  readonly mostBytes: number
  readonly quota: Quota
}

/**
 * PUT of a file that an instance waits for: streamed into its spool under a name of its own, then told to the store,
 * which takes it or does not. What comes too late has touched nothing.
 */
export async function receiveFile(
  request: IncomingMessage,
  response: ServerResponse,
  row: InstanceRow,
  name: string,
  instances: InstanceStore,
  terms: UploadTerms,
): Promise<{ readonly size: number; readonly state: string }> {
  const upload = (await instances.uploads(row.id)).find(one => one.name === name)
  if (upload === undefined) {
    throw new GridwrapError(
      'not-found',
      `The instance ${row.id} does not wait for a file called ${JSON.stringify(name.slice(0, 80))}.`,
      {
        hint: 'A file can be PUT only where submit or createService promised it with <upload>true</upload>.',
      },
    )
  }
  if (row.state !== 'Unsubmitted' && row.state !== 'StageIn') throw tooLate(row)
  if (request.headers['content-range'] !== undefined)
    throw new GridwrapError('malformed-request', 'A file is PUT whole, not in ranges.')
  const limit = Math.min(terms.mostBytes, terms.quota.storedBytes - (await instances.storedBytes(row.owner)))
  const expected = Number(request.headers['content-length'] ?? 0)
  if (expected > limit) {
    if (expected <= terms.mostBytes)
      throw overQuota({ outcome: 'over-quota', limit: 'stored', allowed: terms.quota.storedBytes })
    throw new GridwrapError(
      'too-large',
      `The file has ${formatSize(expected)}; at most ${formatSize(terms.mostBytes)} are taken.`,
    )
  }
  const { spool } = instanceDirectory(terms.instancesRoot, row.id)
  await using file = await SpoolFile.open(spool, { limit: Math.max(0, limit), what: name })
  inviteBody(request, response)
  const { size } = await file.receive(request)
  const place = `${name}.${newId()}`
  await file.commit(spool, place)
  let unused: string | undefined = place
  try {
    const quota = terms.quota
    const received = await instances.write('receiveUpload', {
      ...{ id: row.id, name, size, spool: place, quota },
      now: wallClock(),
    })
    if (received.outcome === 'over-quota') throw overQuota(received)
    if (received.outcome === 'too-late') throw tooLate(await instances.get(row.id))
    unused = received.replaced
    return { size, state: received.state }
  } finally {
    if (unused !== undefined) await rm(join(spool, unused), { force: true })
  }
}

const tooLate = (row: InstanceRow | undefined): GridwrapError =>
  new GridwrapError('not-ready', `The instance ${row?.id} is ${row?.state}: it takes no files any more.`, {
    hint: 'Files are PUT before the program starts.',
  })
