import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { isIP } from 'node:net'
import { AddressPolicy } from '../core/address-policy.ts'
import { GridwrapError, toFault } from '../core/errors.ts'
import { bareHost, readHttpAddress } from '../core/http-address.ts'
import { type Log, openLog } from '../core/log.ts'
import type { CourierRequest } from '../events/courier-request.ts'
import { readCredential } from '../gsi/credential.ts'
import { GsiAgent } from '../gsi/gsi-agent.ts'
import { openTrustStore, type TrustStore } from '../gsi/trust-store.ts'
import { answerRequests } from '../keeper/agent-requests.ts'
import { type HttpAgents, openAgents } from '../transfer/protocols/http-agents.ts'
import { readConfiguration } from './configuration.ts'
import { IdleSockets } from './idle-sockets.ts'

/**
 * The process that brings notifications to their sinks: it speaks with whatever subscribers name, and therefore has no
 * database open. It is asked by the keeper, and ends with it.
 */
export async function runCourier(configurationFile: string): Promise<void> {
  const configuration = readConfiguration(configurationFile)
  const log = openLog('courier')
  const policy = new AddressPolicy(configuration.notification.allow, 'notification: allow')
  const courier = new Courier(openTrustStore(configuration.trust.certificates, { log }), policy, log)
  await answerRequests<CourierRequest, null>({
    perform: (request, signal) => courier.bring(request, signal),
    told: (error, { url }) => courier.told(error, url),
  })
}

interface Connections {
  readonly pem: string
  readonly web: HttpAgents
  readonly httpg: GsiAgent
}

class Courier {
  readonly #trust: TrustStore
  readonly #policy: AddressPolicy
  readonly #log: Log
  readonly #idle = new IdleSockets(idleMs)
  #connections: Connections | undefined

  constructor(trust: TrustStore, policy: AddressPolicy, log: Log) {
    this.#trust = trust
    this.#policy = policy
    this.#log = log
  }

  async bring(request: CourierRequest, stop: AbortSignal): Promise<null> {
    await this.#send(request, AbortSignal.any([stop, AbortSignal.timeout(request.timeoutMs)]))
    return null
  }

  async #send({ url, message, action, credential, timeoutMs }: CourierRequest, signal: AbortSignal): Promise<void> {
    const { web, httpg } = this.#connectionsFor(credential, timeoutMs)
    const scheme = url.slice(0, url.indexOf(':')).toLowerCase()
    const { host, hostname, port, pathname, search } = addressOf(url)
    const options = {
      ...{ host: bareHost(hostname), method: 'POST', path: `${pathname}${search}`, signal },
      port: port === '' ? (scheme === 'http' ? 80 : 443) : Number(port),
      headers: {
        Host: host,
        'Content-Type': 'text/xml; charset=utf-8',
        'Content-Length': Buffer.byteLength(message),
        SOAPAction: `"${action}"`,
      },
    }
    const answered = Promise.withResolvers<IncomingMessage>()
    const outgoing =
      scheme === 'http'
        ? httpRequest({ ...options, agent: web.http }, answered.resolve)
        : httpsRequest({ ...options, agent: scheme === 'httpg' ? httpg : web.own }, answered.resolve)
    outgoing.on('error', answered.reject)
    // A sink that wants to speak something else takes no message; and without an answer there is an end, too.
    outgoing.on('upgrade', (_response, socket) => socket.destroy())
    outgoing.on('close', () => answered.reject(new Error('The connection was closed without an answer.')))
    // Before there is a connection nothing else ends it.
    signal.addEventListener('abort', () => answered.reject(signal.reason), { once: true })
    outgoing.end(message)
    const response = await answered.promise
    await dismiss(response)
    const { statusCode = 0 } = response
    // Where it sends us to nobody has looked at: redirections are not followed.
    if (statusCode < 200 || statusCode > 299)
      throw new GridwrapError('transfer-failed', `The sink answered with HTTP ${statusCode}.`)
  }

  /** Connections are kept for a moment, and as long as the credential is the same. */
  #connectionsFor(pem: string, timeoutMs: number): Connections {
    if (this.#connections?.pem === pem) return this.#connections
    const credential = readCredential({ pem })
    const resolve = (host: string): Promise<string> => this.#policy.resolve(host)
    const trust = this.#trust
    const terms = { credential: () => credential, trust: () => trust, resolve, connectTimeoutMs: timeoutMs }
    const web = openAgents(terms)
    const httpg = new GsiAgent({ credential, trust, resolve, context: 'gsi', delegation: 'none', timeoutMs })
    for (const agent of [web.own, web.https, web.http, httpg]) this.#idle.watch(agent)
    this.#connections = { pem, web, httpg }
    return this.#connections
  }

  /**
   * What a subscriber is told: whether it was reached, not what exactly is where; a subscription is no way to look around.
   */
  told(error: unknown, url: string): GridwrapError {
    // Which names there are inside is not told either.
    const named = isIP(bareHost(addressOf(url).hostname)) === 0
    if (error instanceof GridwrapError && error.code !== 'internal' && !(error.code === 'denied' && named)) return error
    this.#log.debug({ url, err: error }, 'a sink was not reached')
    if (error instanceof Error)
      return new GridwrapError(
        'busy',
        named
          ? 'The sink could not be reached, or lies where this container does not connect to (notification: allow).'
          : 'The sink could not be reached.',
      )
    return toFault(error)
  }
}

/** How long a connection is kept for the next message. */
const idleMs = 10_000
const mostAnswerBytes = 64 * 1024

/** Nothing is answered to a notification; a little is read, so that the connection can be used again. */
async function dismiss(response: IncomingMessage): Promise<void> {
  let size = 0
  for await (const chunk of response) {
    size += (chunk as Buffer).length
    if (size > mostAnswerBytes) break
  }
}

function addressOf(url: string): URL {
  const address = readHttpAddress(url)
  if (address === undefined) throw new Error(`${url} is no address`)
  return address
}
