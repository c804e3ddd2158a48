import type { IncomingMessage, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { GridwrapError } from '../core/errors.ts'
import type { InstanceFiles } from '../factory/instance-files.ts'
import { parseByteRange } from '../files/byte-range.ts'
import { mediaTypeOf } from '../files/media-type.ts'
import { SpoolFile } from '../files/spool.ts'
import type { InstanceRow } from '../store/rows.ts'
import { inviteBody } from './exchange.ts'
import type { PromisedUploads, TakenUpload } from './promised-uploads.ts'

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

/**
 * PUT of a file that an instance waits for: streamed into its spool under a name of its own, then told to the store,
 * which takes it or does not. What comes too late has touched nothing.
 */
export async function receiveFile(
  request: IncomingMessage,
  response: ServerResponse,
  row: InstanceRow,
  name: string,
  uploads: PromisedUploads,
): Promise<TakenUpload> {
  if (request.headers['content-range'] !== undefined)
    throw new GridwrapError('malformed-request', 'A file is PUT whole, not in ranges.')
  const limit = await uploads.room(row, name, Number(request.headers['content-length'] ?? 0))
  const spool = uploads.spoolOf(row)
  await using file = await SpoolFile.open(spool, { limit, what: name })
  inviteBody(request, response)
  const { size } = await file.receive(request)
  return await uploads.take(row, name, size, place => file.commit(spool, place))
}
