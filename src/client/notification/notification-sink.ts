import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { wallClock } from '../../core/clock.ts'
import { GridwrapError } from '../../core/errors.ts'
import type { QName } from '../../core/qname.ts'
import type { Credential } from '../../gsi/credential.ts'
import { GsiListener } from '../../gsi/gsi-listener.ts'
import { validatePath } from '../../gsi/path-validation.ts'
import type { TrustStore } from '../../gsi/trust-store.ts'
import { readEnvelope } from '../../soap/envelope.ts'
import { OGSI } from '../../wsdl/names.ts'
import { childElements, type XmlElement } from '../../xml/tree.ts'
import { parseXml } from '../../xml/xml-reader.ts'
import type { SoapConnection } from '../soap-call.ts'
import { Notifications } from './notifications.ts'
import { type SubscribeOptions, subscribe } from './subscribe.ts'

export interface SinkOptions {
  /** Where to listen. Default: 127.0.0.1, a port that the system chooses. */
  readonly host?: string
  readonly port?: number
  /** The address under which services reach this program, without a path. Default: where it listens. */
  readonly address?: string
  /** With these messages come over TLS, from services with a valid certificate; without, over http, from whoever knows the address. */
  readonly secure?: { readonly credential: Credential; readonly trust: TrustStore }
}

const mostBytes = 4 * 1024 * 1024
const limits = { characters: mostBytes, elements: 100_000, depth: 64 }

/**
 * The end to which services bring their notifications (OGSI 1.0 section 11.3): one listener for any number of
 * subscriptions, each at an address that nobody can guess.
 */
export class NotificationSink implements AsyncDisposable {
  readonly address: string
  readonly #open = new Map<string, Notifications>()
  readonly #close: () => Promise<void>

  private constructor(address: string, close: () => Promise<void>) {
    this.address = address
    this.#close = close
  }

  /** Rejects with the errors of node:net when it cannot listen there. */
  static async listen({ host = '127.0.0.1', port = 0, address, secure }: SinkOptions = {}): Promise<NotificationSink> {
    const stop: { sink?: NotificationSink } = {}
    const server = createServer({ requestTimeout: 30_000, headersTimeout: 10_000 }, (request, response) => {
      const answer = stop.sink?.receive(request) ?? Promise.resolve(503)
      answer.then(status => reply(response, status)).catch(() => response.destroy())
    })
    server.maxConnections = 256
    const { port: real, close } = await (secure === undefined
      ? listenPlain(server, host, port)
      : listenSecure(server, secure, host, port))
    const scheme = secure === undefined ? 'http' : 'https'
    stop.sink = new NotificationSink(address ?? `${scheme}://${host.includes(':') ? `[${host}]` : host}:${real}`, close)
    return stop.sink
  }

  /**
   * Subscribes to service data of a service; what comes of it is the notifications. Throws GridwrapError, RemoteFault or
   * Unreachable.
   */
  async subscribe(
    source: string,
    names: readonly QName[],
    connection: SoapConnection,
    options: SubscribeOptions = {},
  ): Promise<Notifications> {
    const path = `/${randomBytes(16).toString('hex')}`
    const notifications = new Notifications(connection, () => this.#open.delete(path))
    // The first message may be here before the answer is.
    this.#open.set(path, notifications)
    try {
      notifications.begin(await subscribe(source, names, `${this.address}${path}`, connection, options))
    } catch (error) {
      this.#open.delete(path)
      throw error
    }
    return notifications
  }

  /** Takes a message; answers the status of HTTP. What is not taken now comes again. */
  private async receive(request: IncomingMessage): Promise<number> {
    const notifications = this.#open.get(request.url ?? '')
    if (notifications === undefined) return 404
    if (request.method !== 'POST') return 405
    let body = ''
    request.setEncoding('utf8')
    for await (const piece of request) {
      body += String(piece)
      if (body.length > mostBytes) return 413
    }
    const values = valuesIn(body)
    if (values === undefined) return 400
    return notifications.put(values) ? 202 : 503
  }

  /** Ends the listener; subscriptions that are not ended run out at their services. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const notifications of this.#open.values()) notifications.end()
    await this.#close()
  }
}

/** The service data in a deliverNotification. */
function valuesIn(body: string): readonly XmlElement[] | undefined {
  try {
    const delivered = readEnvelope(parseXml(body, limits)).body
    if (delivered.namespace !== OGSI || delivered.local !== 'deliverNotification') return undefined
    return childElements(delivered)
      .flatMap(message => childElements(message))
      .flatMap(values => childElements(values))
  } catch {
    return undefined
  }
}

function reply(response: ServerResponse, status: number): void {
  if (status > 299) response.setHeader('Connection', 'close')
  response.writeHead(status).end()
}

interface Listening {
  readonly port: number
  readonly close: () => Promise<void>
}

async function listenPlain(server: Server, host: string, port: number): Promise<Listening> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port }, resolve)
  })
  const close = (): Promise<void> =>
    new Promise(resolve => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return { port: (server.address() as AddressInfo).port, close }
}

async function listenSecure(
  server: Server,
  { credential, trust }: NonNullable<SinkOptions['secure']>,
  host: string,
  port: number,
): Promise<Listening> {
  const listener = new GsiListener({
    credential,
    onConnection: (socket: TLSSocket, chain) => {
      if (chain.length === 0) throw new GridwrapError('denied', 'Messages are taken from services with a certificate.')
      validatePath(chain, trust.current(), { now: wallClock() })
      server.emit('connection', socket)
    },
  })
  // Sockets come to it from outside: without this it would never look for requests whose head does not come.
  server.emit('listening')
  const { port: real } = await listener.listen({ host, port })
  return { port: real, close: () => listener.close() }
}
