import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { TLSSocket } from 'node:tls'
import { InstalledApplications } from '../application/installed-applications.ts'
import { AccountMap } from '../authz/account-map.ts'
import { AuditLog } from '../authz/audit-log.ts'
import type { Log } from '../core/log.ts'
import { packageVersion } from '../core/package-version.ts'
import { DelegationService } from '../delegation/delegation-service.ts'
import { HttpgDelegation } from '../delegation/httpg-delegation.ts'
import { InstanceReader } from '../dispatcher/instance-reader.ts'
import { OperationTable } from '../dispatcher/operation-table.ts'
import { EventCursor } from '../events/event-cursor.ts'
import { InstanceWaits } from '../events/instance-waits.ts'
import { InstanceFactory } from '../factory/instance-factory.ts'
import { InstanceFiles } from '../factory/instance-files.ts'
import { InstanceStarter } from '../factory/instance-starter.ts'
import { OfferedServices } from '../factory/offered-services.ts'
import { GsiListener } from '../gsi/gsi-listener.ts'
import { KeyPool } from '../gsi/key-pool.ts'
import { openTrustStore } from '../gsi/trust-store.ts'
import { makeHandles } from '../ogsi/handle.ts'
import { databaseFile, Store } from '../store/store.ts'
import { auditTerms } from './audit-terms.ts'
import type { Configuration } from './configuration.ts'
import { ConnectionPeers } from './connection-peer.ts'
import { ContractCache } from './contract-cache.ts'
import { delegationCallers } from './delegation-callers.ts'
import { inviteBody, parseTarget, send } from './exchange.ts'
import { HostCredential } from './host-credential.ts'
import { httpApp } from './http-app.ts'
import { openAuthorization } from './open-authorization.ts'
import { openCredentials, pathOptionsOf } from './open-credentials.ts'
import { bundlesDirectory, incomingDirectory } from './places.ts'
import { signatureTerms } from './signature-terms.ts'
import { SoapPipeline } from './soap-pipeline.ts'
import { TargetFinder } from './target-finder.ts'
import { vomsTerms } from './voms-terms.ts'

const mostUploadBytes = 1e12
const drainMs = 20_000
const stalledBodyMs = 30_000
const silentMs = 20_000

/** One front end: TLS, SOAP, pages and files, over the store. Unprivileged; shares nothing with the others but the store. */
export class FrontEnd implements AsyncDisposable {
  readonly #stack: AsyncDisposableStack
  readonly #listener: GsiListener
  readonly #server: Server
  readonly #cursor: EventCursor
  readonly #stop: AbortController
  readonly #sockets = new Set<TLSSocket>()

  private constructor(
    stack: AsyncDisposableStack,
    listener: GsiListener,
    server: Server,
    cursor: EventCursor,
    stop: AbortController,
  ) {
    this.#stack = stack
    this.#listener = listener
    this.#server = server
    this.#cursor = cursor
    this.#stop = stop
  }

  /** Puts a front end together; it listens when `listen` is called. `changed` hints the keeper. */
  static async open(configuration: Configuration, changed: () => void, log: Log): Promise<FrontEnd> {
    const stack = new AsyncDisposableStack()
    const stop = new AbortController()
    const store = stack.use(new Store(databaseFile(configuration.data)))
    const handles = makeHandles(configuration.authority, configuration.aliases)
    const applications = new InstalledApplications(store.applications, bundlesDirectory(configuration.data))
    const services = new OfferedServices(store.applications, applications)
    const waits = new InstanceWaits()
    const cursor = stack.use(new EventCursor(store.events, events => waits.notice(events)))
    const { keep, 'keep-at-most': keepAtMost, queued, instances: mostInstances, stored } = configuration.quota
    const factoryTerms = {
      keepSeconds: keep,
      keepSecondsAtMost: keepAtMost,
      quota: { waiting: queued, instances: mostInstances, storedBytes: stored },
    }
    const credential = stack.use(new HostCredential(configuration['host-credential'], log))
    const trust = openTrustStore(configuration.trust.certificates, { log })
    const pathOptions = pathOptionsOf(configuration)
    const own = () => credential.current
    const { keep: credentials, supply } = openCredentials(configuration, store.credentials, own, trust, log)
    const {
      instances,
      run: { accounts },
    } = configuration
    const factory = new InstanceFactory(store.instances, instances, factoryTerms, supply, changed)
    const starter = new InstanceStarter(store.instances, instances, factoryTerms.quota, supply, changed)
    const reader = new InstanceReader(
      store.instances,
      applications,
      handles,
      new InstanceFiles(configuration.instances),
    )
    const { chain: authorization, owner } = await openAuthorization(configuration, () => credential.identity, log)
    const audit = stack.use(new AuditLog(auditTerms(configuration), log))
    const targets = new TargetFinder(services, store.instances, applications, owner, audit)
    const contracts = new ContractCache()
    const peers = new ConnectionPeers(trust, pathOptions, vomsTerms(configuration, log), log)
    const keys = stack.use(new KeyPool())
    const permitParts = { authorization, audit, log }
    const callers = delegationCallers(peers, permitParts)
    const httpg = new HttpgDelegation(keys, trust, pathOptions, callers, credentials, log)
    const table = new OperationTable({
      instances: store.instances,
      applications,
      services,
      factory,
      accounts: accounts === undefined ? undefined : new AccountMap(accounts, log),
      starter,
      reader,
      waits,
      credentials,
      delegation: new DelegationService(credentials, keys, trust, pathOptions, log),
      version: packageVersion,
      keepSecondsAtMost: keepAtMost,
      changed,
    })
    const pipeline = new SoapPipeline({
      peers,
      signatures: signatureTerms(configuration, store.writer),
      authorization,
      audit,
      targets,
      table,
      contracts,
      incoming: incomingDirectory(configuration.instances),
      originator: `https://${configuration.authority}/`,
      log,
    })
    const app = httpApp({
      peers,
      authorization,
      audit,
      targets,
      services,
      contracts,
      reader,
      credentials,
      instances: store.instances,
      uploads: { instancesRoot: configuration.instances, mostBytes: mostUploadBytes, quota: factoryTerms.quota },
      changed,
      ready: () => !stop.signal.aborted,
      log,
    })
    const server = httpServer((request, response) => {
      exchange(request, response, pipeline, app, stop.signal).catch((error: unknown) => {
        log.error({ err: error }, 'an answer could not be made; its connection is closed')
        response.destroy()
      })
    })
    const listener = new GsiListener({
      credential: credential.current,
      onConnection: (socket, chain) => {
        peers.welcome(socket, chain)
        // Until its first request; from then on the server's own times hold.
        socket.setTimeout(silentMs)
        server.emit('connection', socket)
      },
      onDelegation: (socket, chain) => httpg.receive(socket, chain),
      onHandshakeError: (error, peer, suppressed) =>
        log.info({ peer, suppressed, reason: error.message }, 'a connection failed before it was secured'),
    })
    credential.onChange(changedCredential => listener.setCredential(changedCredential))
    return new FrontEnd(stack, listener, server, cursor, stop)
  }

  async listen(host: string, port: number): Promise<number> {
    this.#server.on('connection', (socket: TLSSocket) => {
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
    })
    // Sockets come to it from outside: without this it would never look for requests whose head does not come.
    this.#server.emit('listening')
    return (await this.#listener.listen({ host, port })).port
  }

  /** A hint from another process that something changed. */
  hint(): void {
    this.#cursor.look()
  }

  /** Takes no new calls, lets those under way end (long waits are told to), then closes. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    const quiet = this.#listener.drain()
    this.#server.close()
    this.#server.closeIdleConnections()
    // Those that are busy now end with their answer.
    this.#server.keepAliveTimeout = 1
    for (const socket of this.#sockets) if (!isBusy(socket)) socket.end()
    const timer = setTimeout(() => void this.#listener.close(), drainMs)
    await quiet
    clearTimeout(timer)
    await this.#stack.disposeAsync()
  }
}

interface HttpSocket extends TLSSocket {
  /** Set by node:http while an answer is being made on this connection. */
  readonly _httpMessage?: ServerResponse | null
}
const isBusy = (socket: HttpSocket): boolean => socket._httpMessage !== undefined && socket._httpMessage !== null

/** Node's own limits cut long uploads (300 s) and make clients pay handshakes (5 s of keep-alive); these fit this use. */
function httpServer(handler: (request: IncomingMessage, response: ServerResponse) => void): Server {
  const server = createServer(
    {
      requestTimeout: 0,
      headersTimeout: 20_000,
      connectionsCheckingInterval: 5000,
      keepAliveTimeout: 75_000,
      maxHeaderSize: 32 * 1024,
      noDelay: true,
    },
    handler,
  )
  server.maxHeadersCount = 200
  // Not answered by itself: who is not admitted shall not send gigabytes first.
  server.on('checkContinue', handler)
  return server
}

async function exchange(
  request: IncomingMessage,
  response: ServerResponse,
  pipeline: SoapPipeline,
  app: (request: IncomingMessage, response: ServerResponse) => void,
  stopping: AbortSignal,
): Promise<void> {
  request.socket.setTimeout(0)
  const target = parseTarget(request.url ?? '')
  if (target === undefined)
    return send(response, 400, 'text/plain', 'The request target is not a path of this container.\n', {
      Connection: 'close',
    })
  if (stopping.aborted) response.setHeader('Connection', 'close')
  endWhenStalled(request, response)
  if (request.method !== 'POST') return app(request, response)
  const gone = new AbortController()
  // Also told of answers that went out whole; an abort then would only cost its stack.
  response.once('close', () => {
    if (!response.writableFinished) gone.abort()
  })
  const answer = await pipeline.answer(
    request,
    request.socket as TLSSocket,
    target.segments,
    AbortSignal.any([gone.signal, stopping]),
    () => inviteBody(request, response),
  )
  if (response.destroyed) return
  send(
    response,
    answer.status,
    answer.contentType,
    answer.body,
    answer.close && !request.complete ? { Connection: 'close' } : {},
  )
  if (!request.complete) request.resume()
}

/** A body may take its time (there is no limit on the whole request), but one that stops coming does not keep a connection. */
function endWhenStalled(request: IncomingMessage, response: ServerResponse): void {
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers
  if (encoding === undefined && (length === undefined || length === '0')) return
  request.setTimeout(stalledBodyMs)
  // After the answer the timer is that of keep-alive.
  request.once('end', () => response.writableFinished || request.setTimeout(0))
}
