import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ChecksumName } from '../../core/checksum.ts'
import { GridwrapError } from '../../core/errors.ts'
import { bareHost } from '../../core/http-address.ts'
import { BlockReader } from '../../gridftp/data/block-reader.ts'
import type { ByteSink, ByteSource } from '../../gridftp/data/byte-ends.ts'
import { ConnectionBroken } from '../../gridftp/data/connection-broken.ts'
import type { ByteSpan } from '../../gridftp/protocol/byte-ranges.ts'
import type { Access } from '../access.ts'
import type { Endpoint, Entry, ReadOptions, WriteOptions } from '../endpoint.ts'
import type { Location } from '../location.ts'
import { type HttpAgents, openAgents } from './http-agents.ts'
import { digestIn, wantedDigests } from './http-digest.ts'
import { httpFault } from './http-fault.ts'

const mostRedirects = 5

interface Question {
  readonly method: string
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal | undefined
  /** Makes the body, once for each time that it is sent. */
  readonly body?: () => Readable
}

/** A web server (RFC 9110): https with a proxy or a bearer token, or plain http. */
export class HttpEndpoint implements Endpoint {
  readonly #location: Location
  readonly #access: Access
  #agents: HttpAgents | undefined
  /** What was told of files: with it goes on only what is still the same (RFC 9110 section 13.1.5). */
  readonly #validators = new Map<string, string>()

  constructor(location: Location, access: Access) {
    this.#location = location
    this.#access = access
  }

  async stat(path: string, signal?: AbortSignal): Promise<Entry> {
    const { headers, body } = await this.#ask(path, { method: 'HEAD', signal }, `${path} cannot be looked at`)
    body.resume()
    const name = decodeURIComponent(path.replace(/\?.*$/s, '').replace(/\/+$/, '').replace(/^.*\//s, ''))
    const modified = Date.parse(headers['last-modified'] ?? '')
    const tag = /^"[^"]*"$/.exec(headers.etag ?? '')?.[0]
    if (tag === undefined) this.#validators.delete(path)
    else this.#validators.set(path, tag)
    return {
      ...(tag === undefined ? {} : { tag }),
      name,
      kind: path.replace(/\?.*$/s, '').endsWith('/') ? 'directory' : 'file',
      size: lengthOf(headers),
      modified: Number.isNaN(modified) ? undefined : modified,
    }
  }

  // biome-ignore lint/correctness/useYield: there is nothing that a web server has to tell.
  async *list(path: string): AsyncGenerator<Entry, void, undefined> {
    throw cannot(`${path} cannot be listed: web servers have no directories`)
  }

  makeDirectories(): Promise<void> {
    // A PUT makes what it needs, or is refused.
    return Promise.resolve()
  }

  async removeFile(path: string): Promise<void> {
    const { body } = await this.#ask(path, { method: 'DELETE' }, `${path} cannot be removed`)
    body.resume()
  }

  removeDirectory(path: string): Promise<void> {
    return Promise.reject(cannot(`${path} cannot be removed: web servers have no directories`))
  }

  async setModified(): Promise<void> {
    // Nothing of HTTP says it.
  }

  async checksum(
    path: string,
    names: readonly ChecksumName[],
    signal?: AbortSignal,
  ): Promise<{ readonly name: ChecksumName; readonly value: string } | undefined> {
    const { headers, body } = await this.#ask(
      path,
      { method: 'HEAD', headers: wantedDigests(names), signal },
      `${path} cannot be looked at`,
    )
    body.resume()
    return digestIn(headers, names)
  }

  async read(path: string, sink: ByteSink, { have, signal, onBytes }: ReadOptions): Promise<void> {
    const [first] = have.missing(0, Number.MAX_SAFE_INTEGER)
    const from = first?.start ?? 0
    const validator = this.#validators.get(path)
    const headers =
      from > 0 ? { Range: `bytes=${from}-`, ...(validator === undefined ? {} : { 'If-Range': validator }) } : undefined
    const answer = await this.#ask(
      path,
      { method: 'GET', signal, ...(headers === undefined ? {} : { headers }) },
      `${path} cannot be read`,
      [416],
    )
    if (answer.status === 416) {
      answer.body.resume()
      // What one has is all there is (RFC 9110 section 15.5.17 tells the size).
      if (new RegExp(`^bytes \\*/${from}$`).test(answer.headers['content-range'] ?? '')) return
      throw new GridwrapError(
        'transfer-failed',
        `${path} has become shorter than the ${from} bytes that are here already.`,
      )
    }
    let at = answer.status === 206 ? startOf(answer.headers, from, path) : 0
    try {
      for await (const chunk of answer.body) {
        const bytes = chunk as Buffer
        await sink.write([bytes], at)
        at += bytes.length
        onBytes(bytes.length)
      }
    } catch (error) {
      signal?.throwIfAborted()
      throw (error as NodeJS.ErrnoException).code === 'ECONNRESET'
        ? new ConnectionBroken('The answer was cut off.')
        : error
    }
  }

  async readSpan(path: string, { start, end }: ByteSpan, sink: ByteSink, signal?: AbortSignal): Promise<void> {
    const headers = { Range: `bytes=${start}-${end - 1}` }
    const {
      status,
      headers: said,
      body,
    } = await this.#ask(path, { method: 'GET', headers, signal }, `${path} cannot be read`)
    // A server that knows no ranges gives all of it.
    let at = status === 206 ? startOf(said, start, path) : 0
    for await (const chunk of body) {
      const bytes = chunk as Buffer
      const wanted = bytes.subarray(Math.max(0, start - at), Math.max(0, end - at))
      if (wanted.length > 0) await sink.write([wanted], Math.max(at, start))
      at += bytes.length
      if (at >= end) break
    }
  }

  async write(path: string, source: ByteSource, { signal, onBytes }: WriteOptions): Promise<void> {
    let sent = 0
    let ended = false
    const whole = async function* (): AsyncGenerator<Buffer, void, undefined> {
      sent = 0
      for await (const bytes of bytesOf(source, onBytes)) {
        sent += bytes.length
        yield bytes
      }
      ended = true
    }
    const body = (): Readable => Readable.from(whole(), { objectMode: false })
    const length = source.size === undefined ? undefined : { 'Content-Length': String(source.size) }
    const headers = { 'Content-Type': 'application/octet-stream', ...length }
    const answer = await this.#ask(path, { method: 'PUT', headers, body, signal }, `${path} cannot be written`)
    answer.body.resume()
    if (source.size === undefined ? !ended : sent < source.size)
      throw new ConnectionBroken('The server was content before all of the file had been sent.')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const agent of Object.values(this.#agents ?? {})) agent.destroy()
  }

  /** Asks, and follows where the server sends it. Throws what a refusal means, but for the `accepted` ones. */
  async #ask(
    path: string,
    question: Question,
    what: string,
    accepted: readonly number[] = [],
  ): Promise<{ readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: IncomingMessage }> {
    const { scheme, host, port } = this.#location
    const authority = host.includes(':') ? `[${host}]` : host
    let url = new URL(`${scheme}://${authority}:${port}${path}`)
    for (let redirects = 0; ; redirects++) {
      const answer = await this.#send(url, question)
      const status = answer.statusCode ?? 0
      const location = answer.headers.location
      if (status >= 300 && status < 400 && location !== undefined && status !== 304) {
        answer.resume()
        // The others ask for another method at the other place (RFC 9110 section 15.4).
        if (!/^(?:GET|HEAD)$/.test(question.method) && status !== 307 && status !== 308)
          throw cannot(`${what}: the server sends elsewhere (${status})`)
        if (redirects === mostRedirects) throw cannot(`${what}: the server sends from one place to the next`)
        const next = URL.parse(location, url)
        if (next === null) throw cannot(`${what}: the server sends to ${JSON.stringify(location.slice(0, 100))}`)
        if (!/^https?:$/.test(next.protocol) || (url.protocol === 'https:' && next.protocol === 'http:'))
          throw cannot(`${what}: the server sends to ${next.protocol}//${next.host}, which is less safe`)
        url = next
        continue
      }
      if ((status >= 200 && status < 300) || accepted.includes(status))
        return { status, headers: answer.headers, body: answer }
      throw await httpFault(answer, what)
    }
  }

  async #send(url: URL, { method, headers = {}, body, signal }: Question): Promise<IncomingMessage> {
    const { token, idleTimeoutMs = 60_000 } = this.#access
    const { host, port, user, password } = this.#location
    const secure = url.protocol === 'https:'
    const to = {
      host: bareHost(url.hostname),
      port: url.port === '' ? (secure ? 443 : 80) : Number(url.port),
    }
    // What proves who one is goes to the server that was named, and over https only.
    const own = to.host === host && to.port === port && secure
    const authorization =
      own && user !== undefined
        ? `Basic ${Buffer.from(`${user}:${password ?? ''}`).toString('base64')}`
        : own && token !== undefined
          ? `Bearer ${token}`
          : undefined
    this.#agents ??= openAgents(this.#access)
    const agents = this.#agents
    const answered = Promise.withResolvers<IncomingMessage>()
    const outgoing = (secure ? httpsRequest : httpRequest)({
      protocol: url.protocol,
      ...to,
      path: `${url.pathname}${url.search}`,
      method,
      agent: own ? agents.own : secure ? agents.https : agents.http,
      headers: {
        ...headers,
        ...(authorization === undefined ? {} : { Authorization: authorization }),
        ...(body === undefined ? {} : { Expect: '100-continue' }),
      },
      ...(signal === undefined ? {} : { signal }),
    })
    outgoing.on('response', answered.resolve).on('error', answered.reject)
    outgoing.setTimeout(idleTimeoutMs, () =>
      outgoing.destroy(new GridwrapError('busy', `${url.host} has said nothing for ${idleTimeoutMs / 1000} s.`)),
    )
    if (body === undefined) outgoing.end()
    else {
      // Nothing is sent before the server wants it: it may refuse, or send elsewhere (RFC 9110 section 10.1.1).
      const begin = (): void => {
        clearTimeout(patience)
        outgoing.off('continue', begin)
        pipeline(body(), outgoing).catch((error: unknown) => answered.reject(error))
      }
      const patience = setTimeout(begin, 2000)
      outgoing.on('continue', begin).once('response', () => {
        clearTimeout(patience)
        outgoing.off('continue', begin)
      })
      outgoing.once('close', () => clearTimeout(patience))
      outgoing.flushHeaders()
    }
    return answered.promise
  }
}

async function* bytesOf(source: ByteSource, onBytes: (count: number) => void): AsyncGenerator<Buffer, void, undefined> {
  const blocks = new BlockReader(source, [{ start: 0, end: source.size ?? Number.MAX_SAFE_INTEGER }])
  // A block's memory is not used again: node:http does not say when it is done with it.
  for (let block = await blocks.next(); block !== undefined; block = await blocks.next()) {
    yield block.bytes
    onBytes(block.bytes.length)
  }
}

/** Where the bytes of an answer of 206 begin; the server need not give what it was asked for. */
function startOf(headers: IncomingHttpHeaders, asked: number, path: string): number {
  const [, start] = /^bytes (\d{1,16})-\d{1,16}\/(?:\d{1,16}|\*)$/.exec(headers['content-range'] ?? '') ?? []
  if (Number(start) !== asked) throw cannot(`${path}: the server sent another part than the one that was asked for`)
  return asked
}

const lengthOf = (headers: IncomingHttpHeaders): number | undefined => {
  const length = /^\d{1,16}$/.exec(headers['content-length'] ?? '')?.[0]
  return length === undefined ? undefined : Number(length)
}

const cannot = (message: string): GridwrapError => new GridwrapError('transfer-failed', `${message}.`)
