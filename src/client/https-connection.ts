import type { IncomingMessage } from 'node:http'
import { type RequestOptions, request } from 'node:https'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { connectionError } from '../core/connection-error.ts'
import { GridwrapError } from '../core/errors.ts'
import { readHttpAddress } from '../core/http-address.ts'
import type { Credential } from '../gsi/credential.ts'
import { GsiAgent } from '../gsi/gsi-agent.ts'
import type { PeerExpectation } from '../gsi/peer-expectation.ts'
import type { Delegation } from '../gsi/send-delegation.ts'
import { openTrustStore, type TrustStore } from '../gsi/trust-store.ts'
import { readText, type TextAnswer } from './bounded-text.ts'

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
  /** Whom to take for the container. Default: whoever has a certificate for its host. */
  readonly expect?: PeerExpectation
  /** What is delegated to the container on each connection; https addresses are then called over httpg. Default none. */
  readonly delegation?: Delegation
}

/** Connections to containers: kept open between calls, because a handshake costs more than a call. */
export class HttpsConnection implements Disposable {
  /** Who is calling. */
  readonly credential: Credential | undefined
  /** Whether SOAP calls are signed: from the first on that is refused because it is not. */
  signs = false
  readonly #https: GsiAgent
  readonly #httpg: GsiAgent
  readonly #delegates: boolean

  constructor({ credential, trustDirectory, expect, delegation = 'none' }: ConnectionOptions) {
    const terms = { credential, trust: openAuthorities(trustDirectory), ...(expect === undefined ? {} : { expect }) }
    this.#https = new GsiAgent({ ...terms, context: 'tls', alpn: ['http/1.1'] })
    this.#httpg = new GsiAgent({ ...terms, context: 'gsi', delegation })
    this.#delegates = delegation !== 'none'
    this.credential = credential
  }

  /** Sends a request and resolves when the head of the answer is there. */
  async send(
    method: string,
    url: string,
    headers: Readonly<Record<string, string>> = {},
    body?: string | Readable,
    signal?: AbortSignal,
  ): Promise<Response> {
    const address = readHttpAddress(url)
    if (address?.protocol !== 'https:')
      throw new GridwrapError('malformed-request', `${url} is neither an https nor an httpg address.`, {
        hint: 'No credential is shown over http. What needs none is called without: gridwrap call --anonymous.',
      })
    const agent = this.#delegates || /^httpg:/i.test(url) ? this.#httpg : this.#https
    const { hostname: host, port, pathname, search } = address
    const where = { host, port: port === '' ? 443 : Number(port), path: `${pathname}${search}` }
    const options: RequestOptions = { ...where, method, agent, headers, ...(signal === undefined ? {} : { signal }) }
    const answered = Promise.withResolvers<IncomingMessage>()
    const outgoing = request(options, answered.resolve)
    outgoing.on('error', error => answered.reject(connectionError(error, address.host)))
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
  ): Promise<TextAnswer> {
    const { body: answer } = await this.send(method, url, headers, body, signal)
    return readText(answer, url, most)
  }

  [Symbol.dispose](): void {
    this.#https.destroy()
    this.#httpg.destroy()
  }
}

function openAuthorities(directory: string): TrustStore {
  try {
    return openTrustStore(directory)
  } catch {
    throw new GridwrapError('credential-problem', `There is no directory of trusted authorities ${directory}.`, {
      hint: 'Set X509_CERT_DIR to the one that your container’s administrator gives out (gridwrap init makes one in pki/certificates).',
    })
  }
}
