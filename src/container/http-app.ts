import type { TLSSocket } from 'node:tls'
import express, { type Express, type NextFunction, type Request, type Response } from 'express'
import type { Action } from '../authz/actions.ts'
import { GridwrapError, toFault } from '../core/errors.ts'
import { describeIdentity, type GsiIdentity, type LocalIdentity, ownerKey } from '../core/identity.ts'
import type { Log } from '../core/log.ts'
import type { CredentialKeep } from '../delegation/credential-keep.ts'
import type { InstanceTarget } from '../dispatcher/call.ts'
import type { InstanceReader } from '../dispatcher/instance-reader.ts'
import { outputPath } from '../dispatcher/output-path.ts'
import type { Permits, Registry } from '../dispatcher/registry/registry.ts'
import type { JobStatus } from '../factory/job-status.ts'
import type { OfferedServices } from '../factory/offered-services.ts'
import type { HostedService } from '../hosting/register-service.ts'
import type { HostedStore } from '../store/hosted-store.ts'
import { type CredentialRow, type InstanceRow, isTerminal } from '../store/rows.ts'
import { containerPage } from '../web/container-page.ts'
import { instancePage } from '../web/instance-page.ts'
import { jsonOf } from '../web/json.ts'
import { servicePage } from '../web/service-page.ts'
import { allSnippets } from '../web/snippets/all-snippets.ts'
import { sessionSnippets } from '../web/snippets/session.ts'
import { snippetSubject } from '../web/snippets/subject.ts'
import { applicationContract } from '../wsdl/contract.ts'
import { applicationNamespace } from '../wsdl/names.ts'
import type { ConnectionPeers } from './connection-peer.ts'
import { contractOf } from './contract-of.ts'
import type { EventStreams, LookAgain } from './event-stream.ts'
import { pageHeaders, prefersHtml, send, sendError } from './exchange.ts'
import { receiveFile, sendFile } from './file-exchange.ts'
import { gridRoutes } from './grid-routes.ts'
import { hostedRoutes } from './hosted-routes.ts'
import type { OutputStreams } from './output-stream.ts'
import type { PromisedUploads } from './promised-uploads.ts'
import { logFault } from './soap-pipeline.ts'
import { admit, askedBy } from './stages/admit.ts'
import { authenticate } from './stages/authenticate.ts'
import { type PermitParts, permit, unknownInstance, unnamedInstance } from './stages/permit.ts'
import type { FoundTarget, TargetFinder } from './target-finder.ts'
import { delegationWsdl, wsdlText } from './wsdl-text.ts'

export interface HttpParts extends PermitParts {
  readonly peers: ConnectionPeers
  readonly targets: TargetFinder
  readonly registry: Registry
  readonly permits: Permits
  readonly services: OfferedServices
  readonly hosted: ReadonlyMap<string, HostedService>
  readonly hostedStore: HostedStore
  readonly reader: InstanceReader
  readonly credentials: CredentialKeep
  readonly uploads: PromisedUploads
  readonly streams: EventStreams
  readonly outputs: OutputStreams
  readonly changed: () => void
  readonly ready: () => boolean
}

const mostJobsOnPage = 20
const tailBytes = 2000

type Handler = (request: Request, response: Response) => Promise<void>

/**
 * Everything that is not SOAP: contracts, pages, JSON, files. The same stages decide as in the pipeline. Over 300 lines: the
 * list of all addresses, read as one.
 */
export function httpApp(parts: HttpParts): Express {
  const { targets, services, reader, uploads, credentials, log } = parts
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.set('query parser', false)

  const caller = (request: Request): GsiIdentity | LocalIdentity =>
    admit(authenticate(request.socket as TLSSocket, parts.peers), parts, askedBy(request))
  /** Contracts are for anybody, also with a proxy that has expired: the call itself will say so in a fault. */
  const isKnown = (request: Request): boolean => {
    try {
      const anyone = authenticate(request.socket as TLSSocket, parts.peers)
      return anyone.scheme !== 'anonymous' && parts.authorization.knows(anyone)
    } catch (error) {
      if (error instanceof GridwrapError) return false
      throw error
    }
  }
  const allowed = (
    identity: GsiIdentity | LocalIdentity,
    action: Action,
    service?: string,
    found?: FoundTarget,
  ): void => permit({ identity, action, service, instance: found?.instance }, parts)
  const instanceFor = async (request: Request, action: Action): Promise<FoundTarget<InstanceTarget>> => {
    const identity = caller(request)
    const found = await targets.instance(param(request, 'id'), identity)
    allowed(identity, action, found.service, found)
    return found
  }
  const ownJobs = async (identity: GsiIdentity | LocalIdentity, application: string): Promise<readonly JobStatus[]> => {
    const request = { identity, action: 'service.list', service: application, instance: undefined } as const
    const asked = { ...request, parameters: undefined, parametersFollow: false }
    if (parts.authorization.decide(asked).effect !== 'permit') return []
    const viewer = { ...targets.viewer(identity), administrator: false }
    const all = { states: [], label: undefined, since: undefined, cursor: undefined }
    return (await reader.list({ viewer, application, ...all })).jobs.slice(0, mostJobsOnPage)
  }
  const get = (path: string, handler: Handler): void => void app.get(path, guarded(handler, log))

  get('/health', async (_request, response) => {
    const ready = parts.ready()
    send(response, ready ? 200 : 503, 'application/json', `${JSON.stringify({ ready })}\n`)
  })
  get('/', async (request, response) => {
    const identity = caller(request)
    allowed(identity, 'container.read')
    const offered = (await services.all()).map(({ name, application, registered }) => ({
      name,
      title: application.title,
      url: reader.handles.service(name),
      wsdl: `${reader.handles.service(name)}?wsdl`,
      registered,
    }))
    const hosted = [...parts.hosted.values()]
      .filter(({ name }) => parts.permits(identity, 'service.read', { service: name, instance: undefined }))
      .map(({ name, title }) => ({
        name,
        title,
        url: reader.handles.hosted(name),
        wsdl: `${reader.handles.hosted(name)}?wsdl`,
      }))
    if (prefersHtml(request.headers.accept))
      return html(response, containerPage(describeIdentity(identity), [...offered, ...hosted]))
    json(response, { identity: describeIdentity(identity), services: offered, hosted })
  })
  get('/services/:name', async (request, response) => {
    const query = queryOf(request)
    if (/^(wsdl|gwsdl)/.test(query)) {
      const helping = isKnown(request)
      const service = await targets.service(param(request, 'name'), { helping })
      const contract = applicationContract(service.application)
      return xml(
        response,
        wsdlText(contract, query, {
          of: 'service',
          address: reader.handles.service(service.name),
          instanceAddress: reader.handles.instance(unnamedInstance),
        }),
      )
    }
    const identity = caller(request)
    const service = await targets.service(param(request, 'name'))
    allowed(identity, 'service.read', service.name)
    const { application } = service
    const url = reader.handles.service(service.name)
    const snippets =
      application.session === undefined && application.library === undefined
        ? allSnippets(snippetSubject(application, applicationNamespace(application.name), url))
        : sessionSnippets(application, url)
    if (prefersHtml(request.headers.accept))
      return html(response, servicePage(application, url, await ownJobs(identity, service.name), snippets))
    json(response, { name: service.name, title: application.title, url, application, snippets })
  })
  const routeParts = {
    ...{ handles: reader.handles, registry: parts.registry, targets, caller, allowed },
    ...{ query: queryOf, html, xml, json },
  }
  gridRoutes(get, routeParts)
  hostedRoutes(get, routeParts, parts.hostedStore)
  get('/delegation', async (request, response) => {
    const query = queryOf(request)
    if (query === 'wsdl' || query === 'wsdl12') return xml(response, delegationWsdl(reader.handles.delegation(), query))
    const identity = caller(request)
    allowed(identity, 'credential.delegate')
    const held = await credentials.of(ownerKey(identity) ?? '')
    json(response, { identity: describeIdentity(identity), delegations: held.map(describeDelegation) })
  })
  app.delete(
    '/delegation',
    guarded(async (request, response) => {
      const identity = caller(request)
      allowed(identity, 'credential.delegate')
      json(response, { destroyed: await credentials.dropAll(ownerKey(identity) ?? '') })
    }, log),
  )
  get('/instances/:id', async (request, response) => {
    const query = queryOf(request)
    if (/^(wsdl|gwsdl)/.test(query)) {
      const { target } = await instanceFor(request, 'instance.read')
      const contract = contractOf(target)
      return xml(
        response,
        wsdlText(contract, query, {
          of: 'instance',
          address: reader.handles.service(target.application.name),
          instanceAddress: reader.handles.instance(target.row.id),
        }),
      )
    }
    const { target } = await instanceFor(request, 'instance.read')
    const results = isTerminal(target.row.state)
      ? await reader.results(target.row)
      : { status: await reader.status(target.row) }
    if (prefersHtml(request.headers.accept))
      return html(
        response,
        instancePage(target.application, results, await reader.checkpoints(target.row), await tailOf(target.row)),
      )
    json(response, results)
  })
  /** What a program that runs has printed last. */
  const tailOf = async (row: InstanceRow): Promise<string | undefined> =>
    row.state === 'Active' && row.stays === 0 ? reader.files.tail(row, 'stdout', tailBytes) : undefined
  /** Whether they still may is looked at again and again, while somebody follows an instance. */
  const lookAgain =
    (request: Request, { id, application }: InstanceRow, ended: boolean): LookAgain =>
    async () => {
      const identity = caller(request)
      const { target, viewer, instance } = await targets.instance(id, identity, { ended })
      if (!parts.permits(identity, 'instance.read', { service: application, instance })) throw unknownInstance(id)
      return { row: target.row, viewer }
    }
  get('/instances/:id/events', async (request, response) => {
    const { row } = (await instanceFor(request, 'instance.read')).target
    const whose = ownerKey(caller(request)) ?? ''
    await parts.streams.answer(row.id, whose, lastEvent(request), response, lookAgain(request, row, true))
  })
  get('/instances/:id/output/:name', async (request, response) => {
    const { row, application } = (await instanceFor(request, 'instance.read')).target
    const path = outputPath(application, param(request, 'name'))
    const whose = ownerKey(caller(request)) ?? ''
    await parts.outputs.answer(path, whose, lastEvent(request), response, lookAgain(request, row, false))
  })
  get('/instances/:id/files/*path', async (request, response) => {
    const { target } = await instanceFor(request, 'instance.read')
    await sendFile(request, response, target.row, pathOf(request), reader.files)
  })
  app.put(
    '/instances/:id/files/*path',
    guarded(async (request, response) => {
      const { target } = await instanceFor(request, 'instance.write')
      const received = await receiveFile(request, response, target.row, pathOf(request), uploads)
      parts.changed()
      json(response, received, 201)
    }, log),
  )
  app.use((request, response) => {
    const known =
      /^\/($|delegation$|resolver$|registry($|\/)|subscriptions\/[^/]+$|services\/[^/]+$|hosted\/[^/]+(\/[^/]+)?$|instances\/[^/]+($|\/events$|\/output\/|\/files\/))/.test(
        request.path,
      )
    const error = known
      ? new GridwrapError('method-not-allowed', `${request.method} means nothing at this address.`)
      : new GridwrapError('not-found', 'There is nothing at this address.', {
          hint: 'Services are at /services/NAME, instances at /instances/ID; there are /registry, /resolver and /delegation.',
        })
    logFault(log, error, { method: request.method, path: request.path.slice(0, 200) })
    sendError(response, error)
  })
  // What express itself refuses (a path that is not well-formed): its own page would show a stack.
  app.use((thrown: unknown, request: Request, response: Response, _next: NextFunction) => {
    const status = (thrown as { status?: number }).status ?? 500
    const error =
      status < 500
        ? new GridwrapError('malformed-request', 'The request cannot be read.', { cause: thrown })
        : toFault(thrown)
    logFault(log, error, { method: request.method, path: request.path.slice(0, 200) })
    sendError(response, error)
  })
  return app
}

/** What a handler throws becomes one answer and one log line; after the first byte went out, the connection ends. */
const guarded =
  (handler: Handler, log: Log) =>
  (request: Request, response: Response, _next: NextFunction): void => {
    handler(request, response).catch((thrown: unknown) => {
      if (response.headersSent) {
        response.destroy()
        return
      }
      const fault = toFault(thrown)
      logFault(log, fault, { method: request.method, path: request.path.slice(0, 200) })
      const unread = !request.complete
      sendError(response, fault, unread ? { Connection: 'close' } : {})
      if (unread) request.resume()
    })
  }

/** Names that begin with a blank, or are none, are those of what came with a connection; nobody can say them. */
const describeDelegation = ({ name, role, kind, expires, received }: CredentialRow): object => ({
  ...(/^( |$)/.test(name) ? {} : { id: name }),
  ...(role === '' ? {} : { role }),
  kind,
  expires: new Date(expires),
  received: new Date(received),
})

/** The number of the event, or of the byte, after which a client goes on; 0: from the beginning. */
const lastEvent = (request: Request): number => {
  const text = request.get('Last-Event-ID') ?? /^after=(.*)$/.exec(queryOf(request))?.[1] ?? ''
  return /^\d{1,15}$/.test(text) ? Number(text) : 0
}

const param = (request: Request, name: string): string => {
  const value = request.params[name]
  return Array.isArray(value) ? value.join('/') : (value ?? '')
}
const pathOf = (request: Request): string => param(request, 'path')
const queryOf = (request: Request): string => {
  const mark = request.url.indexOf('?')
  return mark < 0 ? '' : request.url.slice(mark + 1).toLowerCase()
}

const html = (response: Response, body: string): void =>
  send(response, 200, 'text/html; charset=utf-8', body, pageHeaders)
const xml = (response: Response, body: string): void => send(response, 200, 'text/xml; charset=utf-8', body)
const json = (response: Response, body: object, status = 200): void =>
  send(response, status, 'application/json; charset=utf-8', `${jsonOf(body)}\n`)
