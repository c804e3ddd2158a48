import { Readable } from 'node:stream'
import { GridwrapError } from '../core/errors.ts'
import type { StreamElement } from '../xml/text-sink.ts'
import type { XmlElement } from '../xml/tree.ts'
import { XmlDecoder } from '../xml/xml-encoding.ts'
import type { XmlLimits } from '../xml/xml-limits.ts'
import { XmlReader } from '../xml/xml-reader.ts'
import { asRequestError, largerByReference } from './body-failure.ts'
import { contentCoding, type DecompressionLimits, decompressed } from './content-coding.ts'
import { parseContentType } from './content-type.ts'
import type { KeptText } from './kept-text.ts'

export interface BodyLimits extends DecompressionLimits {
  /** Bytes as sent. */
  readonly maxSentBytes: number
  /** Bytes after decompression. */
  readonly maxBytes: number
  readonly xml: Partial<XmlLimits>
}

/** Enough for 64 MiB of a file as base64 and 8 MiB of everything else. */
export const defaultBodyLimits: BodyLimits = {
  maxSentBytes: 96 * 1024 * 1024,
  maxBytes: 128 * 1024 * 1024,
  maxRatio: 100,
  ratioFrom: 1024 * 1024,
  xml: {},
}

/** The header fields of a request that say what its body is, as sent. */
export interface BodyHeaders {
  readonly contentType: string | undefined
  readonly contentEncoding?: string | undefined
  readonly contentLength?: string | undefined
}

export interface BodyOptions {
  /** What is not named has its default. */
  readonly limits?: Partial<BodyLimits>
  readonly streamElement?: StreamElement
  /** Gets the text as it is read. */
  readonly keep?: KeptText
}

/**
 * Reads the XML of a SOAP request while it comes. Throws `unsupported-media-type`, `malformed-request` and `too-large`;
 * what a sink's own writer throws comes through as it is. A stream is left open when the body is refused, so that the
 * answer can still be sent: answer with `Connection: close`, the rest of the body is unread.
 */
export async function receiveBody(
  stream: AsyncIterable<Uint8Array>,
  headers: BodyHeaders,
  options: BodyOptions = {},
): Promise<XmlElement> {
  const limits = { ...defaultBodyLimits, ...options.limits }
  const coding = contentCoding(headers.contentEncoding)
  const reader = new BodyReader(headers, options)
  const sent = boundedBody(stream, limits.maxSentBytes)
  try {
    for await (const chunk of coding === 'identity' ? sent : decompressed(sent, coding, limits)) reader.write(chunk)
  } catch (thrown) {
    throw asRequestError(thrown)
  }
  return reader.end()
}

/** The same for who gets the bytes pushed, and uncompressed. */
export class BodyReader {
  readonly #decoder: XmlDecoder
  readonly #reader: XmlReader
  readonly #maxBytes: number
  readonly #keep: KeptText | undefined
  #bytes = 0

  /** Throws `unsupported-media-type` and `too-large` for what the headers say. */
  constructor(headers: BodyHeaders, options: BodyOptions = {}) {
    const limits = { ...defaultBodyLimits, ...options.limits }
    const charset = takenCharset(headers.contentType)
    if (Number(headers.contentLength ?? 0) > limits.maxSentBytes) throw tooLarge(limits.maxSentBytes)
    this.#decoder = told(() => new XmlDecoder(charset))
    this.#reader = new XmlReader({
      limits: limits.xml,
      ...(options.streamElement === undefined ? {} : { streamElement: options.streamElement }),
    })
    this.#maxBytes = limits.maxBytes
    this.#keep = options.keep
  }

  write(bytes: Uint8Array): void {
    this.#bytes += bytes.length
    if (this.#bytes > this.#maxBytes) throw tooLarge(this.#maxBytes)
    told(() => {
      this.#read(this.#decoder.write(bytes))
    })
  }

  end(): XmlElement {
    return told(() => {
      this.#read(this.#decoder.end())
      return this.#reader.end()
    })
  }

  #read(text: string): void {
    this.#keep?.add(text)
    this.#reader.write(text)
  }
}

function told<T>(work: () => T): T {
  try {
    return work()
  } catch (thrown) {
    throw asRequestError(thrown)
  }
}

/** The charset parameter of a content type that is taken (SOAP 1.1: text/xml; SOAP 1.2: RFC 3902). */
function takenCharset(header: string | undefined): string | undefined {
  const type = header === undefined ? undefined : parseContentType(header)
  if (type?.mediaType === 'text/xml' || type?.mediaType === 'application/soap+xml')
    return type.parameters.get('charset')
  const hint = 'Send text/xml (SOAP 1.1) or application/soap+xml (SOAP 1.2).'
  if (header === undefined)
    throw new GridwrapError('unsupported-media-type', 'The request has no Content-Type.', { hint })
  if (type?.mediaType === 'multipart/related')
    throw new GridwrapError('unsupported-media-type', 'Of multipart messages only XOP packages (MTOM) are taken.', {
      hint: 'Send the content by MTOM, as base64 inside the message, or by URL or PUT.',
    })
  throw new GridwrapError(
    'unsupported-media-type',
    `The content type ${JSON.stringify(header.slice(0, 80))} is not taken.`,
    { hint },
  )
}

/** The chunks of a stream up to a number of bytes; its failure becomes `malformed-request`, and it is not destroyed. */
export async function* boundedBody(stream: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<Uint8Array> {
  let bytes = 0
  let source = stream
  if (stream instanceof Readable) {
    // It may fail once more when nobody reads it any longer.
    stream.on('error', () => undefined)
    source = { [Symbol.asyncIterator]: () => stream.iterator({ destroyOnReturn: false }) }
  }
  const failed = (thrown: unknown): GridwrapError =>
    new GridwrapError('malformed-request', 'The connection ended before the whole body had come.', { cause: thrown })
  const iterator = source[Symbol.asyncIterator]()
  try {
    for (;;) {
      const next = await iterator.next().catch((thrown: unknown) => {
        throw failed(thrown)
      })
      if (next.done === true) return
      bytes += next.value.length
      if (bytes > maxBytes) throw tooLarge(maxBytes)
      yield next.value
    }
  } finally {
    await iterator.return?.()
  }
}

const tooLarge = (maxBytes: number): GridwrapError =>
  new GridwrapError('too-large', `The request body is larger than ${maxBytes} bytes.`, { hint: largerByReference })
