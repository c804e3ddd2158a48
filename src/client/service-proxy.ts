import { readFile, stat } from 'node:fs/promises'
import { didYouMean } from '../core/did-you-mean.ts'
import { GridwrapError, type InputProblem } from '../core/errors.ts'
import { type QName, sameName } from '../core/qname.ts'
import { envelopeNamespace, type SoapVersion } from '../soap/namespaces.ts'
import { soapEncoding } from '../soap/section-five.ts'
import type { Contract, Operation } from '../wsdl/contract-model.ts'
import { operationsOf } from '../wsdl/contract-operations.ts'
import { decodeElement } from '../wsdl/decoder.ts'
import type { Wire } from '../wsdl/foreign/bindings.ts'
import type { ElementParticle, Type } from '../wsdl/schema-model.ts'
import { encodeElement } from '../wsdl/serializer.ts'
import { libraryOf } from '../wsdl/type-library.ts'
import { readWsdl, type ServicePort } from '../wsdl/wsdl-reader.ts'
import { textIn } from './bounded-text.ts'
import { plainError, RemoteFault } from './remote-fault.ts'
import { requestProblems } from './request-problems.ts'
import { callSoap, type SoapConnection } from './soap-call.ts'

/** Where operations are answered, and how they are said on the wire; of gridwrap's own services all alike. */
interface Port extends Pick<ServicePort, 'address' | 'portType' | 'soap'> {
  readonly wires?: ReadonlyMap<string, Wire>
}

export interface ConnectOptions {
  /** Another address than the WSDL gives. */
  readonly endpoint?: string
  /** Which binding to take where a service offers several. Default: the first that can be used. */
  readonly soap?: '1.1' | '1.2'
}

/** A service, as its WSDL describes it. */
export class ServiceProxy {
  readonly url: string
  readonly contract: Contract
  /** Operations of the WSDL that cannot be called, and why. */
  readonly omitted: readonly { readonly operation: string; readonly why: string }[]
  readonly #ports: readonly Port[]
  readonly #arrays: ReadonlySet<string>
  readonly #connection: SoapConnection

  private constructor(
    url: string,
    { contract, ports, omitted = [], arrays = new Set() }: Described,
    connection: SoapConnection,
  ) {
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
    return new ServiceProxy(url, { contract, ports: services }, connection)
  }

  /**
   * Reads the WSDL at an address (https, http, file), whoever wrote it: WSDL 1.1 with what it imports, SOAP 1.1 and 1.2, document and rpc,
   * literal and encoded. Throws ContractError and XmlError for what is none, GridwrapError, {@link RemoteFault} or
   * Unreachable.
   */
  static async connect(
    wsdl: string,
    connection: SoapConnection,
    { endpoint, soap }: ConnectOptions = {},
  ): Promise<ServiceProxy> {
    // Loaded by those who need it only: start-up is felt.
    const { readAnyWsdl } = await import('../wsdl/foreign/read-any-wsdl.ts')
    // Files are read where a file imports them: what comes over the network says nothing about this machine.
    const local = /^file:/i.test(wsdl)
    const described = await readAnyWsdl(wsdl, url =>
      local && /^file:/i.test(url) ? fileText(url) : fetchText(url, connection),
    )
    const usable = described.ports.filter(({ address }) => endpoint !== undefined || /^http[sg]?:/i.test(address))
    const wanted = usable.filter(port => soap === undefined || port.soap === soap)
    const ports = wanted.map(port => ({ ...port, address: endpoint ?? port.address }))
    if (ports.length === 0) throw new GridwrapError('unknown-operation', ...nothingToCall(wsdl, usable.length, soap))
    return new ServiceProxy(wsdl, { ...described, ports }, connection)
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
  operations(): readonly { readonly operation: Operation; readonly port: Port; readonly wire: Wire }[] {
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

  #find(operation: string): { port: Port; found: Operation } {
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

  #all(): readonly { readonly port: Port; readonly found: Operation }[] {
    return this.#ports.flatMap(port => operationsOf(this.contract, port.portType).map(found => ({ port, found })))
  }
}

interface Described {
  readonly contract: Contract
  readonly ports: readonly Port[]
  readonly omitted?: ServiceProxy['omitted']
  readonly arrays?: ReadonlySet<string>
}

const documentLiteral: Wire = { style: 'document', encoded: false }

const mostOfWsdl = 8 * 1024 * 1024

async function fileText(url: string): Promise<string> {
  const file = new URL(url)
  const { size } = await stat(file).then(one => (one.isFile() ? one : Promise.reject(new Error(`${url} is no file`))))
  if (size > mostOfWsdl) throw new GridwrapError('too-large', `${url} has more than ${mostOfWsdl} bytes.`)
  return textIn(await readFile(file), 'text/xml', url)
}

async function fetchText(url: string, connection: SoapConnection): Promise<string> {
  const { status, text } = await connection.sendForText('GET', url, {}, undefined, mostOfWsdl)
  if (status !== 200) throw plainError(status, text, url)
  return text
}

function nothingToCall(wsdl: string, usable: number, soap: string | undefined): [string, { hint: string }] {
  const message = `${wsdl} describes nothing that can be called${soap === undefined || usable === 0 ? '' : ` over SOAP ${soap}`}.`
  return [message, { hint: 'It must have a service with an address (http or https) and a SOAP binding.' }]
}

export const isFileParameter = ({ type }: ElementParticle): boolean =>
  type !== undefined && !('kind' in type) && sameName(type, { namespace: 'urn:gridwrap:job', local: 'FileIn' })
