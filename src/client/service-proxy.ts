import { didYouMean } from '../core/did-you-mean.ts'
import { GridwrapError, type InputProblem } from '../core/errors.ts'
import { sameName } from '../core/qname.ts'
import type { Contract, Operation } from '../wsdl/contract-model.ts'
import { operationsOf } from '../wsdl/contract-operations.ts'
import { decodeElement } from '../wsdl/decoder.ts'
import type { ElementParticle, Type } from '../wsdl/schema-model.ts'
import { encodeElement } from '../wsdl/serializer.ts'
import { readWsdl, type ServicePort } from '../wsdl/wsdl-reader.ts'
import type { HttpsConnection } from './https-connection.ts'
import { plainError, RemoteFault } from './remote-fault.ts'
import { requestProblems } from './request-problems.ts'
import { callSoap } from './soap-call.ts'

/** One service of a container, as its WSDL describes it. */
export class ServiceProxy {
  readonly url: string
  readonly contract: Contract
  readonly #ports: readonly ServicePort[]
  readonly #connection: HttpsConnection

  private constructor(url: string, contract: Contract, ports: readonly ServicePort[], connection: HttpsConnection) {
    this.url = url
    this.contract = contract
    this.#ports = ports
    this.#connection = connection
  }

  /** Reads the contract of the service or instance at an address. */
  static async open(url: string, connection: HttpsConnection): Promise<ServiceProxy> {
    const { status, text } = await connection.sendForText('GET', `${url}?wsdl`, {}, undefined, 4 * 1024 * 1024)
    if (status !== 200) throw plainError(status, text, url)
    const { contract, services } = readWsdl(text)
    return new ServiceProxy(url, contract, services, connection)
  }

  /**
   * Calls an operation at the address of its port, or at another (that of an instance). Values as
   * src/wsdl/decoded-value.ts has them, or their text. Throws GridwrapError, {@link RemoteFault} or Unreachable.
   */
  async call<T>(
    operation: string,
    parameters: Readonly<Record<string, unknown>>,
    address?: string,
    signal?: AbortSignal,
  ): Promise<T> {
    const { port, found } = this.#find(operation)
    const call = {
      address: address ?? port.address,
      action: found.soapAction,
      bodyXml: this.#encode(found, parameters),
    }
    const answer = await callSoap(call, this.#connection, signal)
    const { value, problems } = decodeElement<T>(this.contract, answer)
    const [problem] = problems
    if (problem !== undefined)
      throw new RemoteFault(`The answer does not follow the contract: ${problem.input}: ${problem.rule}`)
    return value
  }

  /** What the contract says is wrong with the parameters of an operation; the service may have further rules. */
  problems(operation: string, parameters: Readonly<Record<string, unknown>>): readonly InputProblem[] {
    return requestProblems(this.contract, this.#find(operation).found.input, parameters)
  }

  #encode({ name, input }: Operation, parameters: Readonly<Record<string, unknown>>): string {
    try {
      return encodeElement(this.contract, input, parameters)
    } catch (error) {
      const problem = requestProblems(this.contract, input, parameters)
      if (problem.length === 0) throw error
      throw new GridwrapError('invalid-input', `${name} does not take these parameters: ${(error as Error).message}.`, {
        detail: { problem },
        cause: error,
      })
    }
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

  #find(operation: string): { port: ServicePort; found: Operation } {
    const names: string[] = []
    for (const port of this.#ports) {
      for (const found of operationsOf(this.contract, port.portType)) {
        if (found.name === operation) return { port, found }
        names.push(found.name)
      }
    }
    const meant = didYouMean(operation, names)
    throw new GridwrapError('unknown-operation', `${this.url} has no operation ${operation}.`, {
      hint: `${meant === undefined ? '' : `Did you mean ${meant}? `}There are: ${[...new Set(names)].join(', ')}.`,
    })
  }
}

export const isFileParameter = ({ type }: ElementParticle): boolean =>
  type !== undefined && !('kind' in type) && sameName(type, { namespace: 'urn:gridwrap:job', local: 'FileIn' })
