import { Agent as HttpAgent, request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { connectionError } from '../core/connection-error.ts'
import { GridwrapError } from '../core/errors.ts'
import { readText, type TextAnswer } from './bounded-text.ts'
import type { SoapConnection } from './soap-call.ts'

/** Connections of nobody in particular to services of the wide world: over http, or over https with the authorities given. */
export class PlainConnection implements SoapConnection, Disposable {
  readonly credential = undefined
  signs = false
  readonly #http = new HttpAgent({ keepAlive: true })
  readonly #https: HttpsAgent

  /** The authorities in PEM. Without, those that Node.js trusts. */
  constructor(authorities?: readonly string[]) {
    this.#https = new HttpsAgent({ keepAlive: true, ...(authorities === undefined ? {} : { ca: [...authorities] }) })
  }

  /** Sends a request and reads the whole answer, at most so many bytes. */
  async sendForText(
    method: string,
    url: string,
    headers: Readonly<Record<string, string>> = {},
    body?: string,
    most = 256 * 1024 * 1024,
    signal?: AbortSignal,
  ): Promise<TextAnswer> {
    const { protocol, host } = new URL(url)
    if (protocol !== 'http:' && protocol !== 'https:')
      throw new GridwrapError('malformed-request', `${url} is neither an http nor an https address.`)
    const terms: RequestOptions = { method, headers, ...(signal === undefined ? {} : { signal }) }
    const answered = Promise.withResolvers<IncomingMessage>()
    const outgoing =
      protocol === 'http:'
        ? httpRequest(url, { ...terms, agent: this.#http }, answered.resolve)
        : httpsRequest(url, { ...terms, agent: this.#https }, answered.resolve)
    outgoing.on('error', error => answered.reject(connectionError(error, host)))
    outgoing.end(body)
    return readText(await answered.promise, url, most)
  }

  [Symbol.dispose](): void {
    this.#http.destroy()
    this.#https.destroy()
  }
}
