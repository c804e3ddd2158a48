import { GridwrapError, toFault } from '../core/errors.ts'
import type { Identity } from '../core/identity.ts'
import { newId } from '../core/ids.ts'
import type { Credential } from '../gsi/credential.ts'
import type { HostedCall, HostedDefinition } from '../hosting/definition.ts'
import { hostedNames } from '../hosting/hosted-contract.ts'
import { HostedObjects, type HostedStates, type ObjectOf } from '../hosting/hosted-objects.ts'
import { type HostedService, registerService } from '../hosting/register-service.ts'
import { readEnvelope } from '../soap/envelope.ts'
import { writeEnvelope } from '../soap/envelope-writer.ts'
import { faultStatus, writeFault } from '../soap/fault-writer.ts'
import type { HostedStateRow } from '../store/rows.ts'
import { operationFor } from '../wsdl/contract-operations.ts'
import { decodeElement } from '../wsdl/decoder.ts'
import { encodeFaultDetail } from '../wsdl/fault-detail.ts'
import { encodeElement } from '../wsdl/serializer.ts'
import { writePortsWsdl } from '../wsdl/wsdl-writer.ts'
import { parseXml } from '../xml/xml-reader.ts'
import type { TextAnswer } from './bounded-text.ts'
import type { SoapConnection } from './soap-call.ts'

export interface LocalOptions {
  /** Who calls. Default: whoever is at this machine. */
  readonly identity?: Identity
  /** What callers have delegated. Default: nothing. */
  readonly credential?: (kind: 'limited' | 'full') => Promise<Credential>
  /** Told of what objects log, and of what they break over. Default: nobody is. */
  readonly log?: (about: object, message: string) => void
}

const origin = 'http://local.invalid/hosted/'

/**
 * Hosted classes called in this very process, for tests and for programs that have them built in: the same contracts,
 * checks, turns and callbacks as in a container, without a network, a certificate, or a store. Objects last as long as this.
 */
export class LocalConnection implements SoapConnection, AsyncDisposable {
  readonly credential = undefined
  signs = false
  readonly #services: ReadonlyMap<string, HostedService>
  readonly #objects: HostedObjects
  readonly #states = new Map<string, HostedStateRow>()
  readonly #call: Omit<HostedCall, 'signal'>

  /** Throws DefinitionError for a definition that is none. */
  constructor(definitions: readonly HostedDefinition[], options: LocalOptions = {}) {
    const log = options.log ?? (() => undefined)
    this.#services = new Map(definitions.map(one => [one.name, registerService(one)]))
    this.#objects = new HostedObjects(this.#kept(), { info: log, warn: log, error: log })
    const { identity = { scheme: 'local', subject: 'local' }, credential = nothingDelegated } = options
    this.#call = { identity, credential: (kind = 'full') => credential(kind) }
  }

  /** Where `ServiceProxy.connect` finds a class. */
  address(name: string): string {
    return `${origin}${name}`
  }

  async sendForText(
    method: string,
    url: string,
    _headers: Readonly<Record<string, string>>,
    body: string | undefined,
    _most?: number,
    signal?: AbortSignal,
  ): Promise<TextAnswer> {
    const [path = '', query] = url.slice(origin.length).split('?')
    const [name = '', id] = path.split('/')
    const service = this.#services.get(name)
    if (!url.startsWith(origin) || service === undefined)
      throw new GridwrapError('not-found', `There is no class at ${url}.`, {
        hint: `There are: ${[...this.#services.keys()].map(one => this.address(one)).join(', ')}.`,
      })
    if (method === 'GET' && query === 'wsdl') return answer(200, this.#wsdl(service, id))
    if (method !== 'POST' || body === undefined) return { status: 405, text: '', contentType: 'text/plain' }
    try {
      const xml = await this.#called(service, id, body, signal ?? new AbortController().signal)
      return answer(200, writeEnvelope(xml, '1.1'))
    } catch (error) {
      const fault = toFault(error)
      return answer(faultStatus(fault, '1.1'), writeFault(fault, '1.1', encodeFaultDetail(fault)))
    }
  }

  async #called(service: HostedService, id: string | undefined, body: string, signal: AbortSignal): Promise<string> {
    const request = readEnvelope(parseXml(body)).body
    const names = hostedNames(service.name)
    const isFactory = service.instances === 'many' && id === undefined
    const operation = operationFor(service.contract, isFactory ? names.factory : names.portType, request)
    if (operation?.output === undefined || request.namespace !== names.namespace)
      throw new GridwrapError('unknown-operation', `${request.local} is no operation of ${service.name}.`)
    const { value, problems } = decodeElement<Readonly<Record<string, unknown>>>(service.contract, request)
    const [problem] = problems
    if (problem !== undefined)
      throw new GridwrapError('invalid-message', `${request.local}: ${problem.input}: ${problem.rule}.`, {
        detail: { problem: problems },
      })
    if (isFactory)
      return encodeElement(service.contract, operation.output, { handle: await this.#created(service, value) })
    const of = this.#objectOf(service, id)
    const result = await this.#objects.call(of, request.local, value, { ...this.#call, signal })
    const { gives } = service.portTypes.map(one => one.operations[request.local]).find(one => one !== undefined) ?? {}
    return encodeElement(service.contract, operation.output, gives === undefined ? {} : { result })
  }

  async #created(service: HostedService, given: Readonly<Record<string, unknown>>): Promise<string> {
    const of = this.#objectOf(service, newId())
    await this.#objects.create(of, given, async properties => {
      this.#states.set(of.id, { id: of.id, service: service.name, properties, version: 1 })
    })
    return of.handle
  }

  #objectOf(service: HostedService, id: string | undefined): ObjectOf {
    const { identity } = this.#call
    return {
      ...{ service, id: id ?? service.name, handle: `${origin}${service.name}${id === undefined ? '' : `/${id}`}` },
      owner: id === undefined || identity.scheme === 'anonymous' ? undefined : identity.subject,
    }
  }

  #kept(): HostedStates {
    const states = this.#states
    return {
      get: async id => states.get(id),
      open: async (id, service, properties) => {
        if (states.has(id)) return false
        states.set(id, { id, service, properties, version: 1 })
        return true
      },
      save: async (id, version, properties) => {
        const row = states.get(id)
        if (row?.version !== version) return false
        states.set(id, { ...row, properties, version: version + 1 })
        return true
      },
    }
  }

  #wsdl({ name, instances, contract }: HostedService, id: string | undefined): string {
    const names = hostedNames(name)
    const own = { portType: names.portType, address: `${origin}${name}${id === undefined ? '' : `/${id}`}` }
    const ports = instances === 'many' && id === undefined ? [{ portType: names.factory, address: own.address }] : [own]
    return writePortsWsdl(contract, { service: names.service, ports, soap: '1.1' })
  }

  /** Puts the objects away. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#objects[Symbol.asyncDispose]()
  }
}

const answer = (status: number, text: string): TextAnswer => ({ status, text, contentType: 'text/xml' })

const nothingDelegated = (): Promise<never> =>
  Promise.reject(new GridwrapError('credential-problem', 'Nothing was delegated.', { detail: { kind: 'missing' } }))
