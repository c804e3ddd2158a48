import { pipeline } from 'node:stream/promises'
import { createGunzip, createInflate } from 'node:zlib'
import { GridwrapError } from '../core/errors.ts'

export type ContentCoding = 'identity' | 'gzip' | 'deflate'

export interface DecompressionLimits {
  /** How many times larger than what was sent the content may be, once it is beyond `ratioFrom` bytes. */
  readonly maxRatio: number
  readonly ratioFrom: number
}

/** The coding that a Content-Encoding header names (RFC 9110 section 8.4). Throws `unsupported-media-type`. */
export function contentCoding(header: string | undefined): ContentCoding {
  const name = (header ?? '').trim().toLowerCase()
  if (name === '' || name === 'identity') return 'identity'
  if (name === 'gzip' || name === 'x-gzip') return 'gzip'
  if (name === 'deflate') return 'deflate'
  throw new GridwrapError(
    'unsupported-media-type',
    `The content coding ${JSON.stringify(name.slice(0, 60))} is not taken.`,
    { hint: 'Send gzip, deflate (the zlib format) or no Content-Encoding.' },
  )
}

/**
 * The content of a compressed body as it comes, no faster than it is asked for. Throws `too-large` for what grows too
 * much, zlib's own error for what is broken, cut off or followed by something else, and what the source throws.
 */
export async function* decompressed(
  source: AsyncIterable<Uint8Array>,
  coding: 'gzip' | 'deflate',
  limits: DecompressionLimits,
): AsyncGenerator<Uint8Array> {
  const options = { rejectGarbageAfterEnd: true }
  const engine = coding === 'gzip' ? createGunzip(options) : createInflate(options)
  let given = 0
  // The same failure reaches the loop below through the engine; here it only must not go unhandled.
  pipeline(source, engine).catch(() => undefined)
  for await (const chunk of engine as AsyncIterable<Uint8Array>) {
    given += chunk.length
    if (given > limits.ratioFrom && given > engine.bytesWritten * limits.maxRatio)
      throw new GridwrapError('too-large', `The compressed body grows more than ${limits.maxRatio} times.`, {
        hint: 'Send it uncompressed.',
      })
    yield chunk
  }
}
