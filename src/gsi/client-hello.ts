/** What the first bytes of a connection are. */
export type ClientHelloReading =
  | { readonly kind: 'incomplete' }
  /** These bytes do not begin a TLS connection that is taken here; `why` is for the log. */
  | { readonly kind: 'not-tls'; readonly why: string; readonly isHttp: boolean }
  | ({ readonly kind: 'client-hello' } & ClientHello)

/** The parts of a ClientHello by which a connection is sorted. */
export interface ClientHello {
  /** The protocols of the ALPN extension; empty without one. */
  readonly alpn: readonly string[]
  /** As sent: Globus programs send a CN here, blanks and all. Not to be trusted for anything. */
  readonly serverName: string | undefined
  /** Version numbers of the supported_versions extension, 0x0304 is TLS 1.3; without one, the legacy version alone. */
  readonly supportedVersions: readonly number[]
}

/** A ClientHello, record headers and all, may have so many octets. */
export const maximumClientHello = 16_384

/**
 * Reads a ClientHello (RFC 8446 section 4.1.2) from the beginning of a connection, without consuming anything. It may
 * be split over several records. Never throws.
 */
export function readClientHello(bytes: Uint8Array): ClientHelloReading {
  const gathered = gatherHandshake(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
  if (!Buffer.isBuffer(gathered)) return gathered
  try {
    return { kind: 'client-hello', ...parseHello(new Cursor(gathered)) }
  } catch (error) {
    if (error instanceof CutOff) return notTls('the ClientHello is ill-formed')
    throw error
  }
}

const notTls = (why: string, isHttp = false): ClientHelloReading => ({ kind: 'not-tls', why, isHttp })

// The body of the first handshake message, out of the records around it (RFC 8446 section 5.1).
function gatherHandshake(bytes: Buffer): Buffer | ClientHelloReading {
  const parts: Buffer[] = []
  let gathered = 0
  let end = 0
  let at = 0
  while (at < bytes.length) {
    const type = bytes[at]
    const major = bytes[at + 1]
    if (type !== 22) return at === 0 ? notTlsAtAll(bytes) : notTls('another record stands inside the ClientHello')
    if (major !== undefined && major !== 3) return notTls(`the record version is ${major}.x and not 3.x`)
    if (bytes.length < at + 5) break
    const length = bytes.readUInt16BE(at + 3)
    if (length === 0 || length > 16_384) return notTls(`a record says it has ${length} octets`)
    const part = bytes.subarray(at + 5, at + 5 + length)
    parts.push(part)
    gathered += part.length
    at += 5 + length
    if (gathered < 4 || gathered < end) continue
    const message = parts.length === 1 ? part : Buffer.concat(parts)
    if (message[0] !== 1) return notTls(`the first handshake message is of type ${message[0]} and no ClientHello`)
    end = 4 + message.readUIntBE(1, 3)
    if (end > maximumClientHello) return notTls(`the ClientHello has ${end} octets, more than ${maximumClientHello}`)
    if (gathered >= end) return message.subarray(4, end)
  }
  return bytes.length >= maximumClientHello ? notTls('the ClientHello has too many records') : { kind: 'incomplete' }
}

const notTlsAtAll = (bytes: Buffer): ClientHelloReading =>
  /^[A-Z]{3,8} /.test(bytes.toString('latin1', 0, 9))
    ? notTls('it is HTTP without TLS', true)
    : notTls(`the first octet is ${bytes[0]}`)

class CutOff extends Error {}

/** Reads vectors with lengths in front of them (RFC 8446 section 3.4). */
class Cursor {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get more(): boolean {
    return this.#at < this.#bytes.length
  }

  take(length: number): Buffer {
    if (this.#at + length > this.#bytes.length) throw new CutOff()
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }

  number(octets: number): number {
    return this.take(octets).readUIntBE(0, octets)
  }

  vector(octets: number): Cursor {
    return new Cursor(this.take(this.number(octets)))
  }

  rest(): Buffer {
    return this.take(this.#bytes.length - this.#at)
  }
}

function parseHello(hello: Cursor): ClientHello {
  const legacyVersion = hello.number(2)
  hello.take(32)
  hello.vector(1)
  hello.vector(2)
  hello.vector(1)
  let alpn: string[] = []
  let serverName: string | undefined
  let supportedVersions = [legacyVersion]
  const extensions = hello.more ? hello.vector(2) : new Cursor(Buffer.alloc(0))
  while (extensions.more) {
    const type = extensions.number(2)
    const body = extensions.vector(2)
    if (type === 0) serverName = readServerName(body)
    else if (type === 16) alpn = readList(body.vector(2), list => list.vector(1).rest().toString('latin1'))
    else if (type === 43) supportedVersions = readList(body.vector(1), list => list.number(2))
  }
  return { alpn, serverName, supportedVersions }
}

function readList<T>(list: Cursor, read: (list: Cursor) => T): T[] {
  const values: T[] = []
  while (list.more) values.push(read(list))
  return values
}

// RFC 6066 section 3; whatever is in it is only shown.
function readServerName(body: Cursor): string | undefined {
  if (!body.more) return undefined
  const list = body.vector(2)
  while (list.more) {
    const type = list.number(1)
    const name = list.vector(2).rest()
    if (type === 0) return name.toString('latin1')
  }
  return undefined
}
