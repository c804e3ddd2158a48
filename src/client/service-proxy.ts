import { didYouMean } from '../core/did-you-mean.ts'
import { GridwrapError, type InputProblem } from '../core/errors.ts'
import { type QName, sameName } from '../core/qname.ts'
import type { Locator } from '../ogsi/locator.ts'
import { envelopeNamespace, type SoapVersion } from '../soap/namespaces.ts'
import { soapEncoding } from '../soap/section-five.ts'
import type { Contract, Operation } from '../wsdl/contract-model.ts'
import { operationsOf } from '../wsdl/contract-operations.ts'
import { decodeElement } from '../wsdl/decoder.ts'
import type { Wire } from '../wsdl/foreign/bindings.ts'
import type { DescribedPort, DescribedService } from '../wsdl/foreign/described-service.ts'
import { WSDL } from '../wsdl/names.ts'
import type { ElementParticle, Type } from '../wsdl/schema-model.ts'
import { encodeElement } from '../wsdl/serializer.ts'
import { libraryOf } from '../wsdl/type-library.ts'
import { readWsdl } from '../wsdl/wsdl-reader.ts'
import type { XmlElement } from '../xml/tree.ts'
import { writeElement } from '../xml/write-element.ts'
import { fetchText, readDescription, readReference } from './read-description.ts'
import { RemoteFault } from './remote-fault.ts'
import { requestProblems } from './request-problems.ts'
import { callSoap, type SoapConnection } from './soap-call.ts'
import type { WsdlCache } from './wsdl-cache.ts'

export interface ConnectOptions {
  /** Another address than the WSDL gives. */
  readonly endpoint?: string
  /** Which binding to take where a service offers several. Default: the first that can be used. */
  readonly soap?: '1.1' | '1.2'
  /** An OGSI HandleResolver that knows where the service is; what is given then is a handle. */
  readonly resolver?: string
  /** What is known of services from earlier. */
  readonly cache?: WsdlCache
}

/** A service, as its WSDL describes it. */
export class ServiceProxy {
  readonly url: string
  readonly contract: Contract
  /** Operations of the WSDL that cannot be called, and why. */
  readonly omitted: DescribedService['omitted']
  readonly #ports: readonly DescribedPort[]
  readonly #arrays: ReadonlySet<string>
  readonly #connection: SoapConnection

  private constructor(url: string, { contract, ports, omitted, arrays }: DescribedService, connection: SoapConnection) {
    this.url = url
    this.contract = contract
    this.omitted = omitted
    this.#ports = ports
    this.#arrays = arrays
    this.#connection = connection
  }

  /** Reads the contract of the service or instance of a container at an address. */
  static async open(url: string, connection: SoapConnection): Promise<ServiceProxy> {
    const { contract, services } = readWsdl(await fetchText(`${url}?wsdl`, connection))
    return new ServiceProxy(url, { contract, ports: services, omitted: [], arrays: new Set() }, connection)
  }

  /**
   * Reads what describes a service, whoever wrote it: the address of its WSDL 1.1 or GWSDL (https, http, file), with what it
   * imports; its own address, when the WSDL is behind `?wsdl`; or a handle, with the resolver that knows it. SOAP 1.1 and
   * 1.2, document and rpc, literal and encoded. Throws ContractError and XmlError for what is none, GridwrapError,
   * {@link RemoteFault} or Unreachable.
   */
  static async connect(
    address: string,
    connection: SoapConnection,
    { resolver, cache, ...options }: ConnectOptions = {},
  ): Promise<ServiceProxy> {
    if (resolver !== undefined) {
      const { resolveHandle } = await import('./resolve-handle.ts')
      return ServiceProxy.follow(await resolveHandle(address, resolver, connection), connection, options)
    }
    const read = (): Promise<DescribedService> => readDescription(address, connection)
    return ServiceProxy.#of(address, await (cache?.take(address, read) ?? read()), connection, options)
  }

  /**
   * The service that a locator leads to, as factories, resolvers and registries answer them (OGSI 1.0 section 7.5.3): by the
   * WSDL in one of its references, or else by a handle that is an address. Throws as {@link connect} does.
   */
  static async follow(
    { reference = [], handle = [] }: Locator,
    connection: SoapConnection,
    options: Omit<ConnectOptions, 'resolver' | 'cache'> = {},
  ): Promise<ServiceProxy> {
    const [at] = handle
    for (const one of reference) {
      const wsdl = wsdlIn(one)
      if (wsdl === undefined) continue
      const url = at ?? 'urn:reference'
      return ServiceProxy.#of(url, await readReference(url, wsdl, connection), connection, options)
    }
    const address = handle.find(one => /^https?:/i.test(one))
    if (address !== undefined) return ServiceProxy.connect(address, connection, options)
    throw new GridwrapError('invalid-handle', `There is no way to ${at ?? 'a service without a handle'}.`, {
      hint: 'The locator has neither a WSDL reference nor a handle that is an address: ask a resolver.',
    })
  }

  static #of(
    url: string,
    described: DescribedService,
    connection: SoapConnection,
    { endpoint, soap }: Pick<ConnectOptions, 'endpoint' | 'soap'>,
  ): ServiceProxy {
    const usable = described.ports.filter(({ address }) => endpoint !== undefined || /^http[sg]?:/i.test(address))
    const wanted = usable.filter(port => soap === undefined || port.soap === soap)
    const ports = wanted.map(port => ({ ...port, address: endpoint ?? port.address }))
    if (ports.length === 0)
      throw new GridwrapError(
        'unknown-operation',
        ...nothingToCall(
          url,
          usable.map(port => port.soap),
          soap,
        ),
      )
    return new ServiceProxy(url, { ...described, ports }, connection)
  }

  /**
   * Calls an operation at the address of its port, or at another (that of an instance). Values as
   * src/wsdl/decoded-value.ts has them, or their text. A request that is one value, and no structure, has it under the
   * name of its element; of an operation without an answer the value is undefined. Throws GridwrapError,
   * {@link RemoteFault} or Unreachable.
   */
  async call<T>(
    operation: string,
    parameters: Readonly<Record<string, unknown>>,
    address?: string,
    signal?: AbortSignal,
  ): Promise<T> {
    const { port, found } = this.#find(operation)
    const { soap } = port
    const wire = port.wires?.get(operation) ?? documentLiteral
    const literal = this.#encode(found, parameters)
    const call = {
      address: address ?? port.address,
      action: found.soapAction,
      bodyXml: wire.encoded ? await this.#inEncoding(found.input, literal, soap) : literal,
      oneWay: found.output === undefined,
      ...{ soap, encoded: wire.encoded },
    }
    const answer = await callSoap(call, this.#connection, signal)
    if (answer === undefined || found.output === undefined) return undefined as T
    // What an answer of rpc is called, nothing depends on (SOAP 1.1 section 7.1).
    const named = wire.style === 'rpc' ? { ...answer, ...found.output } : answer
    const { value, problems } = decodeElement<T>(this.contract, named, { lenient: port.wires !== undefined })
    const [problem] = problems
    if (problem !== undefined)
      throw new RemoteFault(`The answer does not follow the contract: ${problem.input}: ${problem.rule}`)
    return value
  }

  /** The operations that can be called, each once. */
  operations(): readonly { readonly operation: Operation; readonly port: DescribedPort; readonly wire: Wire }[] {
    const seen = new Set<string>()
    return this.#all().flatMap(({ port, found }) => {
      if (seen.has(found.name)) return []
      seen.add(found.name)
      return [{ operation: found, port, wire: port.wires?.get(found.name) ?? documentLiteral }]
    })
  }

  /** What the contract says is wrong with the parameters of an operation; the service may have further rules. */
  problems(operation: string, parameters: Readonly<Record<string, unknown>>): readonly InputProblem[] {
    return requestProblems(this.contract, this.#find(operation).found.input, parameters)
  }

  #encode({ name, input }: Operation, parameters: Readonly<Record<string, unknown>>): string {
    const slot = libraryOf(this.contract).element(input)
    const isOne = slot?.type().kind === 'simple'
    try {
      return encodeElement(this.contract, input, isOne ? parameters[input.local] : parameters)
    } catch (error) {
      const problem = isOne ? [] : requestProblems(this.contract, input, parameters)
      const other = isOne ? Object.keys(parameters).find(one => one !== input.local) : undefined
      const hint = other === undefined ? {} : { hint: `${name} takes one value, called ${input.local}.` }
      throw new GridwrapError('invalid-input', `${name} does not take these parameters: ${(error as Error).message}.`, {
        ...hint,
        detail: problem.length === 0 ? {} : { problem },
        cause: error,
      })
    }
  }

  async #inEncoding(input: QName, literal: string, soap: SoapVersion): Promise<string> {
    const { encodedRequest } = await import('../wsdl/foreign/encoded-request.ts')
    const terms = { encoding: soapEncoding[soap], envelope: envelopeNamespace(soap) }
    return encodedRequest(this.contract, input, literal, this.#arrays, terms)
  }

  /** The members of an operation's request, in the contract's order. */
  parameters(operation: string): readonly ElementParticle[] {
    const { found } = this.#find(operation)
    const schema = this.contract.schemas.find(one => one.namespace === found.input.namespace)
    const element = schema?.components.find(one => one.kind === 'element' && one.name === found.input.local)
    const type = element?.kind === 'element' ? (element.type as Type) : undefined
    if (type?.kind !== 'complex') return []
    return (type.content?.particles ?? []).filter(particle => particle.kind === 'element')
  }

  #find(operation: string): { port: DescribedPort; found: Operation } {
    const all = this.#all()
    const one = all.find(({ found }) => found.name === operation)
    if (one !== undefined) return one
    const why = this.omitted.find(left => left.operation === operation)?.why
    if (why !== undefined)
      throw new GridwrapError(
        'unknown-operation',
        `The operation ${operation} of ${this.url} cannot be called: ${why}.`,
      )
    const names = [...new Set(all.map(({ found }) => found.name))]
    const meant = didYouMean(operation, names)
    throw new GridwrapError('unknown-operation', `${this.url} has no operation ${operation}.`, {
      hint: `${meant === undefined ? '' : `Did you mean ${meant}? `}There are: ${names.join(', ')}.`,
    })
  }

  #all(): readonly { readonly port: DescribedPort; readonly found: Operation }[] {
    return this.#ports.flatMap(port => operationsOf(this.contract, port.portType).map(found => ({ port, found })))
  }
}

const documentLiteral: Wire = { style: 'document', encoded: false }

/** The WSDL that a reference holds (OGSI 1.0 section 7.5.1.1). */
function wsdlIn(reference: object): string | undefined {
  const { any = [] } = reference as { readonly any?: readonly XmlElement[] }
  const definitions = any.find(({ namespace, local }) => namespace === WSDL && local === 'definitions')
  return definitions && writeElement(definitions)
}

function nothingToCall(url: string, offered: readonly string[], soap: string | undefined): [string, { hint: string }] {
  const versions = [...new Set(offered)]
  if (versions.length > 0 && soap !== undefined)
    return [
      `${url} describes nothing that can be called over SOAP ${soap}.`,
      {
        hint: `It offers SOAP ${versions.join(' and ')}. (Services of gridwrap have a contract for each: ?wsdl and ?wsdl12.)`,
      },
    ]
  return [
    `${url} describes nothing that can be called.`,
    { hint: 'It must have a service with an address (http or https) and a SOAP binding.' },
  ]
}

export const isFileParameter = ({ type }: ElementParticle): boolean =>
  type !== undefined && !('kind' in type) && sameName(type, { namespace: 'urn:gridwrap:job', local: 'FileIn' })
