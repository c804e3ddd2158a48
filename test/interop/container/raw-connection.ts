import { once } from 'node:events'
import { connect, type TLSSocket } from 'node:tls'
import type { TestSite, TestUser } from '../../support/site.ts'

export interface RawAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** Everything as it came. */
  readonly text: string
}

/** A TLS connection on which a test writes HTTP by hand, right or wrong. */
export class RawConnection implements Disposable {
  readonly socket: TLSSocket
  /** Settles when the container, or the test, has closed it. */
  readonly closed: Promise<void>
  #received = Buffer.alloc(0)
  #more = Promise.withResolvers<void>()
  #isClosed = false

  private constructor(socket: TLSSocket) {
    this.socket = socket
    socket.on('data', (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk])
      this.#wake()
    })
    // A refused request ends with a reset when its rest is still under way.
    socket.on('error', () => undefined)
    this.closed = new Promise(resolve =>
      socket.once('close', () => {
        this.#isClosed = true
        this.#wake()
        resolve()
      }),
    )
  }

  static async open(site: TestSite, user: TestUser | null = site.alice): Promise<RawConnection> {
    const socket = connect({
      host: '127.0.0.1',
      port: site.port,
      servername: 'localhost',
      ALPNProtocols: ['http/1.1'],
      ca: String(site.authority.credential.toTls().cert),
      ...(user === null ? {} : user.proxy.toTls()),
    })
    await once(socket, 'secureConnect')
    return new RawConnection(socket)
  }

  write(...parts: readonly (string | Uint8Array)[]): void {
    for (const part of parts) if (!this.socket.destroyed) this.socket.write(part)
  }

  /** Writes and waits until it is gone, or the connection is. */
  async push(part: string | Uint8Array): Promise<boolean> {
    if (this.socket.destroyed) return false
    if (!this.socket.write(part)) await Promise.race([once(this.socket, 'drain').catch(() => undefined), this.closed])
    return !this.socket.destroyed
  }

  /** The next answer; undefined when the connection ends without one. That of HEAD comes when the connection ends. */
  async answer(): Promise<RawAnswer | undefined> {
    for (;;) {
      const whole = this.#take()
      if (whole !== undefined || this.#isClosed) return whole
      await this.#more.promise
      this.#more = Promise.withResolvers()
    }
  }

  [Symbol.dispose](): void {
    this.socket.destroy()
  }

  #wake(): void {
    this.#more.resolve()
  }

  #take(): RawAnswer | undefined {
    const end = this.#received.indexOf('\r\n\r\n')
    if (end < 0) return undefined
    const [first = '', ...lines] = this.#received.subarray(0, end).toString('latin1').split('\r\n')
    const headers = Object.fromEntries(
      lines.map(line => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
    )
    const last = end + 4 + Number(headers['content-length'] ?? 0)
    if (this.#received.length < last && !this.#isClosed) return undefined
    const text = this.#received.subarray(0, last).toString('utf8')
    this.#received = this.#received.subarray(last)
    return { status: Number(first.split(' ')[1]), headers, body: text.slice(text.indexOf('\r\n\r\n') + 4), text }
  }
}

export type RawHeaders = Readonly<Record<string, string | readonly string[]>>

/** A request head as text; a list of values is a repeated field. */
export const head = (method: string, target: string, headers: RawHeaders = {}): string => {
  const lines = Object.entries({ Host: 'localhost', ...headers }).flatMap(([name, value]) =>
    (typeof value === 'string' ? [value] : value).map(one => `${name}: ${one}\r\n`),
  )
  return `${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n`
}

/** One request on a connection of its own. */
export async function request(
  site: TestSite,
  method: string,
  target: string,
  {
    user,
    headers = {},
    body,
  }: { readonly user?: TestUser | null; readonly headers?: RawHeaders; readonly body?: string | Uint8Array } = {},
): Promise<RawAnswer | undefined> {
  using connection = await RawConnection.open(site, user === undefined ? site.alice : user)
  const length = body === undefined || 'Content-Length' in headers || 'Transfer-Encoding' in headers
  connection.write(
    head(method, target, { ...headers, ...(length ? {} : { 'Content-Length': String(Buffer.byteLength(body)) }) }),
  )
  if (body !== undefined) connection.write(body)
  return await connection.answer()
}

/** A SOAP request by hand. */
export const post = (
  site: TestSite,
  target: string,
  body: string | Uint8Array,
  headers: RawHeaders = {},
  user?: TestUser | null,
): Promise<RawAnswer | undefined> =>
  request(site, 'POST', target, {
    headers: { 'Content-Type': 'text/xml; charset=utf-8', ...headers },
    body,
    ...(user === undefined ? {} : { user }),
  })
