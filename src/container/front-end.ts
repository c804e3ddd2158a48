import type { Server, ServerResponse } from 'node:http'
import type { TLSSocket } from 'node:tls'
import { AccountMap } from '../authz/account-map.ts'
import { AuditLog } from '../authz/audit-log.ts'
import { AddressPolicy } from '../core/address-policy.ts'
import type { Log } from '../core/log.ts'
import { packageVersion } from '../core/package-version.ts'
import { DelegationService } from '../delegation/delegation-service.ts'
import { HttpgDelegation } from '../delegation/httpg-delegation.ts'
import { OperationTable } from '../dispatcher/operation-table.ts'
import { EventCursor } from '../events/event-cursor.ts'
import { InstanceWaits } from '../events/instance-waits.ts'
import { InstanceFactory } from '../factory/instance-factory.ts'
import { InstanceStarter } from '../factory/instance-starter.ts'
import { SessionCalls } from '../factory/session-calls.ts'
import type { GridFtpServer } from '../gridftp/server/gridftp-server.ts'
import { GsiListener } from '../gsi/gsi-listener.ts'
import { KeyPool } from '../gsi/key-pool.ts'
import { openTrustStore } from '../gsi/trust-store.ts'
import { databaseFile, Store } from '../store/store.ts'
import { auditTerms } from './audit-terms.ts'
import type { Configuration } from './configuration.ts'
import { ConnectionPeers } from './connection-peer.ts'
import { delegationCallers } from './delegation-callers.ts'
import { EventStreams } from './event-stream.ts'
import { findReadable } from './find-readable.ts'
import { openGridFtp } from './gridftp/open-gridftp.ts'
import { HostCredential } from './host-credential.ts'
import { httpApp } from './http-app.ts'
import { exchange, httpServer } from './http-server.ts'
import { openCredentials, pathOptionsOf } from './open-credentials.ts'
import { openGrid } from './open-grid.ts'
import { OutputStreams } from './output-stream.ts'
import { incomingDirectory } from './places.ts'
import { PromisedUploads } from './promised-uploads.ts'
import { signatureTerms } from './signature-terms.ts'
import { quotaOf } from './site-limits.ts'
import { SoapPipeline } from './soap-pipeline.ts'
import { StreamConnections } from './stream-connections.ts'
import { TargetFinder } from './target-finder.ts'
import { vomsTerms } from './voms-terms.ts'

const mostUploadBytes = 1e12
const drainMs = 20_000
const silentMs = 20_000

/** The ports of a front end. */
export interface Listening {
  readonly port: number
  /** Undefined: the configuration wants no GridFTP. */
  readonly gridftp: number | undefined
}

/** One front end: TLS, SOAP, pages and files, over the store. Unprivileged; shares nothing with the others but the store. */
export class FrontEnd implements AsyncDisposable {
  readonly #stack: AsyncDisposableStack
  readonly #listener: GsiListener
  readonly #server: Server
  readonly #gridftp: GridFtpServer | undefined
  readonly #cursor: EventCursor
  readonly #stop: AbortController
  readonly #sockets = new Set<TLSSocket>()

  private constructor(
    stack: AsyncDisposableStack,
    listener: GsiListener,
    server: Server,
    gridftp: GridFtpServer | undefined,
    cursor: EventCursor,
    stop: AbortController,
  ) {
    this.#stack = stack
    this.#listener = listener
    this.#server = server
    this.#gridftp = gridftp
    this.#cursor = cursor
    this.#stop = stop
  }

  /** Puts a front end together; it listens when `listen` is called. `changed` hints the keeper. */
  static async open(configuration: Configuration, changed: () => void, log: Log): Promise<FrontEnd> {
    const stack = new AsyncDisposableStack()
    const stop = new AbortController()
    const store = stack.use(new Store(databaseFile(configuration.data)))
    const waits = new InstanceWaits()
    const cursor = stack.use(new EventCursor(store.events, events => waits.notice(events)))
    const { keep, 'keep-at-most': keepAtMost } = configuration.quota
    const factoryTerms = {
      keepSeconds: keep,
      keepSecondsAtMost: keepAtMost,
      quota: quotaOf(configuration),
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
    const grid = await openGrid(configuration, store, credentials, () => credential.identity, changed, log)
    stack.use(grid.serviceData.xpath)
    const hosting = stack.use(grid.hosting)
    const { applications, services, files, reader, registry, authorization, permits } = grid
    const audit = stack.use(new AuditLog(auditTerms(configuration), log))
    const targets = new TargetFinder(
      services,
      store.instances,
      applications,
      grid.viewer,
      registry,
      store.gridServices,
      store.subscriptions,
      grid.hosting.services,
      store.hosted,
      audit,
    )
    hosting.beginCleaning(
      store.hosted,
      async (id, service) => {
        const owner = (await store.gridServices.get(id))?.owner.replace(/^gsi:/, '')
        return { service, id, owner, handle: reader.handles.hosted(service.name, id) }
      },
      log,
    )
    const peers = new ConnectionPeers(trust, pathOptions, vomsTerms(configuration, log), log)
    const keys = stack.use(new KeyPool())
    const permitParts = { authorization, audit, log }
    const callers = delegationCallers(peers, permitParts)
    const httpg = new HttpgDelegation(keys, trust, pathOptions, callers, credentials, log)
    const table = new OperationTable({
      ...grid.serviceData,
      applications,
      services,
      factory,
      accounts: accounts === undefined ? undefined : new AccountMap(accounts, log),
      starter,
      sessions: new SessionCalls(store.instances, waits, instances, changed),
      waits,
      permits,
      sinks: new AddressPolicy(configuration.notification.allow, 'notification: allow'),
      find: findReadable(targets, permits),
      ...{ supply, hostedStore: store.hosted, keepSeconds: keep },
      delegation: new DelegationService(credentials, keys, trust, pathOptions, log),
      version: packageVersion,
    })
    const pipeline = new SoapPipeline({
      peers,
      signatures: signatureTerms(configuration, store.writer),
      authorization,
      audit,
      targets,
      table,
      incoming: incomingDirectory(configuration.instances),
      originator: `https://${configuration.authority}/`,
      log,
    })
    const uploads = new PromisedUploads(store.instances, {
      ...{ instancesRoot: configuration.instances, mostBytes: mostUploadBytes },
      quota: factoryTerms.quota,
    })
    const gridftp = openGridFtp(configuration, {
      ...{
        ...permitParts,
        instances: store.instances,
        instancesRoot: configuration.instances,
        targets,
        files,
        uploads,
      },
      ...{ changed, credential: own, trust, path: pathOptions, peers },
    })
    const connections = new StreamConnections(stop.signal)
    const app = httpApp({
      peers,
      authorization,
      audit,
      targets,
      registry,
      permits,
      streams: new EventStreams(store.events, waits, connections),
      outputs: new OutputStreams(files, waits, connections),
      services,
      hosted: hosting.services,
      hostedStore: store.hosted,
      reader,
      credentials,
      uploads,
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
    return new FrontEnd(stack, listener, server, gridftp, cursor, stop)
  }

  /** Begins to listen; answers the real ports. */
  async listen({ https, gridftp }: Configuration['listen']): Promise<Listening> {
    this.#server.on('connection', (socket: TLSSocket) => {
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
    })
    // Sockets come to it from outside: without this it would never look for requests whose head does not come.
    this.#server.emit('listening')
    const { port } = await this.#listener.listen({ host: https.host, port: https.port })
    return { port, gridftp: gridftp === undefined ? undefined : await this.#gridftp?.listen() }
  }

  /** A hint from another process that something changed. */
  hint(): void {
    this.#cursor.look()
  }

  /** Takes no new calls, lets those under way end (long waits are told to), then closes. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    const quiet = Promise.all([this.#listener.drain(), this.#gridftp?.drain(drainMs)])
    this.#server.close()
    this.#server.closeIdleConnections()
    // Those that are busy now end with their answer.
    this.#server.keepAliveTimeout = 1
    for (const socket of this.#sockets) if (!isBusy(socket)) socket.end()
    const timer = setTimeout(() => void this.#listener.close(), drainMs)
    await quiet
    clearTimeout(timer)
    await this.#gridftp?.[Symbol.asyncDispose]()
    await this.#stack.disposeAsync()
  }
}

interface HttpSocket extends TLSSocket {
  /** Set by node:http while an answer is being made on this connection. */
  readonly _httpMessage?: ServerResponse | null
}
const isBusy = (socket: HttpSocket): boolean => socket._httpMessage !== undefined && socket._httpMessage !== null
