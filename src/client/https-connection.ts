import { readdirSync, readFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { Agent, type RequestOptions, request } from 'node:https'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { GridwrapError } from '../core/errors.ts'
import type { Credential } from '../gsi/credential.ts'
import { connectionError } from './connection-error.ts'

/** What was answered; the body is still to be read. */
export interface Response {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: IncomingMessage
}

export interface ConnectionOptions {
  /** Who is calling; without one, nobody in particular. */
  readonly credential: Credential | undefined
  /** The trusted authorities, in the layout of X509_CERT_DIR. */
  readonly trustDirectory: string
}

/** Connections to containers: kept open between calls, because a handshake costs more than a call. */
export class HttpsConnection implements Disposable {
  readonly #agent: Agent

  constructor({ credential, trustDirectory }: ConnectionOptions) {
    this.#agent = new Agent({
      keepAlive: true,
      ALPNProtocols: ['http/1.1'],
      ca: authorities(trustDirectory),
      ...(credential?.toTls() ?? {}),
    })
  }

  /** Sends a request and resolves when the head of the answer is there. */
  async send(
    method: string,
    url: string,
    headers: Readonly<Record<string, string>> = {},
    body?: string | Readable,
    signal?: AbortSignal,
  ): Promise<Response> {
    const target = new URL(url)
    if (target.protocol !== 'https:') throw new GridwrapError('malformed-request', `${url} is not an https address.`)
    const options: RequestOptions = { method, agent: this.#agent, headers, ...(signal === undefined ? {} : { signal }) }
    const answered = Promise.withResolvers<IncomingMessage>()
    const outgoing = request(target, options, answered.resolve)
    outgoing.on('error', error => answered.reject(connectionError(error, target.host)))
    if (body === undefined || typeof body === 'string') outgoing.end(body)
    else pipeline(body, outgoing).catch((error: unknown) => answered.reject(error))
    const message = await answered.promise
    return { status: message.statusCode ?? 0, headers: message.headers, body: message }
  }

  /** The same, with the whole body as text, at most so many bytes. */
  async sendForText(
    method: string,
    url: string,
    headers: Readonly<Record<string, string>> = {},
    body?: string,
    most = 256 * 1024 * 1024,
    signal?: AbortSignal,
  ): Promise<{ status: number; text: string; contentType: string }> {
    const response = await this.send(method, url, headers, body, signal)
    const chunks: Buffer[] = []
    let size = 0
    for await (const chunk of response.body) {
      size += (chunk as Buffer).length
      if (size > most) throw new GridwrapError('too-large', `The answer of ${url} has more than ${most} bytes.`)
      chunks.push(chunk as Buffer)
    }
    return {
      status: response.status,
      text: Buffer.concat(chunks).toString('utf8'),
      contentType: response.headers['content-type'] ?? '',
    }
  }

  [Symbol.dispose](): void {
    this.#agent.destroy()
  }
}

function authorities(directory: string): string[] {
  try {
    return readdirSync(directory)
      .filter(name => /^[0-9a-f]{8}\.\d+$/.test(name))
      .map(name => readFileSync(join(directory, name), 'utf8'))
  } catch {
    throw new GridwrapError('credential-problem', `There is no directory of trusted authorities ${directory}.`, {
      hint: 'Set X509_CERT_DIR to the one that your container’s administrator gives out (gridwrap init makes one in pki/certificates).',
    })
  }
}
