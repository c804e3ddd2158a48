import type { Request, Response } from 'express'
import type { Action } from '../authz/actions.ts'
import { GridwrapError } from '../core/errors.ts'
import type { GsiIdentity, LocalIdentity } from '../core/identity.ts'
import type { Registry } from '../dispatcher/registry/registry.ts'
import type { RegistryEntry } from '../dispatcher/registry/registry-entry.ts'
import type { Handles } from '../ogsi/handle.ts'
import { type RegistryLine, registryPage } from '../web/registry-page.ts'
import { gridContract } from '../wsdl/base-contract.ts'
import { decodeElement } from '../wsdl/decoder.ts'
import { GRID } from '../wsdl/names.ts'
import { childElements } from '../xml/tree.ts'
import { parseXml } from '../xml/xml-reader.ts'
import { prefersHtml } from './exchange.ts'
import type { FoundTarget, TargetFinder } from './target-finder.ts'
import { gridWsdl } from './wsdl-text.ts'

export interface GridRouteParts {
  readonly handles: Handles
  readonly registry: Registry
  readonly targets: TargetFinder
  readonly caller: (request: Request) => GsiIdentity | LocalIdentity
  readonly allowed: (
    identity: GsiIdentity | LocalIdentity,
    action: Action,
    service?: string,
    found?: FoundTarget,
  ) => void
  readonly query: (request: Request) => string
  readonly html: (response: Response, body: string) => void
  readonly xml: (response: Response, body: string) => void
  readonly json: (response: Response, body: object) => void
}

/** `GET` of the Grid services that the container itself has: contracts, and the registry as a page or JSON. */
export function gridRoutes(
  get: (path: string, handler: (request: Request, response: Response) => Promise<void>) => void,
  { handles, registry, targets, caller, allowed, query, html, xml, json }: GridRouteParts,
): void {
  /** Contracts are for anybody: stub generators have no certificate. */
  const contract = (request: Request, response: Response, portType: string, address: string): boolean => {
    const asked = query(request)
    if (!/^g?wsdl/.test(asked)) return false
    xml(response, gridWsdl(portType, address, asked))
    return true
  }
  get('/resolver', async (request, response) => {
    if (contract(request, response, 'Resolver', handles.resolver())) return
    allowed(caller(request), 'registry.read')
    json(response, { resolver: handles.resolver(), wsdl: `${handles.resolver()}?wsdl` })
  })
  get('/registry', async (request, response) => {
    if (contract(request, response, 'Registry', handles.registry())) return
    const identity = caller(request)
    allowed(identity, 'registry.read')
    const entries = await registry.entries({ identity, viewer: targets.viewer(identity) })
    const lines = entries.map(registryLine)
    if (prefersHtml(request.headers.accept)) return html(response, registryPage(lines))
    json(response, { entries: lines.map((line, index) => ({ ...line, entry: entries[index]?.handle })) })
  })
  const entry = async (request: Request, response: Response): Promise<void> => {
    const path = request.path.split('/').slice(2).filter(Boolean)
    const address = `${handles.registry()}/${path.join('/')}`
    if (contract(request, response, 'RegistryEntry', address)) return
    const identity = caller(request)
    allowed(identity, 'registry.read')
    const { target } = await targets.entry(path, identity)
    json(response, { ...registryLine(target.entry), entry: target.entry.handle })
  }
  get('/subscriptions/:id', async (request, response) => {
    const id = request.path.split('/')[2] ?? ''
    const address = handles.subscription(id)
    if (contract(request, response, 'Subscription', address)) return
    const identity = caller(request)
    const found = await targets.subscription(id, identity)
    allowed(identity, 'instance.read', undefined, found)
    const { target } = found
    const { source, url, delivered, dropped, failures, problem, names } = target.row
    json(response, {
      subscription: address,
      source: source === '' ? handles.registry() : handles.instance(source),
      names: JSON.parse(names) as readonly string[],
      ...{ sink: url, delivered, dropped, failures, problem: problem ?? undefined },
    })
  })
  get('/registry/services/:name', entry)
  get('/registry/hosted/:name', entry)
  get('/registry/:id', entry)
}

interface ServiceInfo {
  readonly name: string
  readonly title?: string
  readonly address: string
}

function registryLine({ content, row }: RegistryEntry): RegistryLine {
  const info = childElements(parseXml(`<content>${content}</content>`)).find(
    ({ namespace, local }) => namespace === GRID && local === 'service',
  )
  if (info === undefined) throw new GridwrapError('internal', 'An entry of the registry has no g:service.')
  const { name, title, address } = decodeElement<ServiceInfo>(gridContract, info).value
  return {
    name,
    title,
    address,
    by: row?.owner.replace(/^gsi:/, ''),
    until: row?.terminate_before == null ? undefined : new Date(row.terminate_before),
  }
}
