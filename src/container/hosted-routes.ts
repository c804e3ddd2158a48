import type { Request, Response } from 'express'
import { ownerKey } from '../core/identity.ts'
import type { Field, Fields } from '../hosting/definition.ts'
import { describe, describeData } from '../hosting/hosted-contract.ts'
import type { HostedService } from '../hosting/register-service.ts'
import type { HostedStore } from '../store/hosted-store.ts'
import { type HostedPage, hostedPage } from '../web/hosted-page.ts'
import { prefersHtml } from './exchange.ts'
import type { GridRouteParts } from './grid-routes.ts'
import { unnamedInstance } from './stages/permit.ts'
import { hostedWsdl } from './wsdl-text.ts'

const mostShown = 100

/** `GET` of hosted classes and their objects: contracts, pages, JSON. */
export function hostedRoutes(
  get: (path: string, handler: (request: Request, response: Response) => Promise<void>) => void,
  { handles, targets, caller, allowed, query, html, xml, json }: GridRouteParts,
  store: HostedStore,
): void {
  get('/hosted/:name', async (request, response) => {
    const [, , name = ''] = request.path.split('/')
    const asked = query(request)
    const address = handles.hosted(name)
    if (/^g?wsdl/.test(asked)) {
      const objectAddress = handles.hosted(name, unnamedInstance)
      return xml(response, hostedWsdl(targets.hostedService(name), asked, { address, objectAddress, of: 'service' }))
    }
    const identity = caller(request)
    const service = targets.hostedService(name)
    allowed(identity, 'service.read', name)
    const owned =
      service.instances === 'many' ? await store.ofOwner(name, ownerKey(identity) ?? '', mostShown) : undefined
    const described = describedPage(
      service,
      address,
      owned?.map(id => handles.hosted(name, id)),
    )
    if (prefersHtml(request.headers.accept)) return html(response, hostedPage(described))
    json(response, described)
  })
  get('/hosted/:name/:id', async (request, response) => {
    const [, , name = '', id = ''] = request.path.split('/')
    const asked = query(request)
    const objectAddress = handles.hosted(name, id)
    if (/^g?wsdl/.test(asked))
      return xml(
        response,
        hostedWsdl(targets.hostedService(name), asked, { address: handles.hosted(name), objectAddress, of: 'object' }),
      )
    const identity = caller(request)
    const found = await targets.hosted(name, id, identity)
    allowed(identity, 'instance.read', name, found)
    const { target } = found
    if (target.kind !== 'object') return
    const { owner, created, terminate_before: until } = target.row
    json(response, {
      ...{ handle: objectAddress, service: handles.hosted(name), owner: owner.replace(/^gsi:/, '') },
      ...{ created: new Date(created), until: until === null ? undefined : new Date(until) },
    })
  })
}

const describedPage = (
  { name, title, description, creation = {}, portTypes }: HostedService,
  url: string,
  objects: readonly string[] | undefined,
): HostedPage => ({
  ...{ name, title, description, url, objects, creation: membersOf(creation) },
  operations: portTypes.flatMap(one =>
    Object.entries(one.operations).map(([operation, { documentation, takes = {}, gives }]) => ({
      ...{ name: operation, documentation, takes: membersOf(takes) },
      gives: gives === undefined ? undefined : typeText(gives),
    })),
  ),
  serviceData: portTypes.flatMap(one =>
    Object.entries(one.serviceData ?? {}).map(([data, given]) => `${data}: ${typeText(describeData(given).type)}`),
  ),
})

const membersOf = (fields: Fields): readonly string[] =>
  Object.entries(fields).map(([name, field]) => `${name}: ${typeText(field)}`)

function typeText(field: Field): string {
  const { type, values, fields = {}, optional, list } = describe(field)
  return `${type ?? values?.join(' | ') ?? `{${membersOf(fields).join(', ')}}`}${list === true ? '*' : optional === true ? '?' : ''}`
}
