import { type QName, qname } from '../core/qname.ts'
import type { Contract, Operation } from './contract-model.ts'
import { contractNames, pascalCase } from './contract-names.ts'
import { operationsOf } from './contract-operations.ts'
import { type Markup, markup, nameWriter, type WriteName, writeDocument } from './indented-markup.ts'
import { GRID, JAXWS, JOB, OGSI, SERVICE_DATA, SOAP_HTTP, WSDL, WSDL_SOAP11, WSDL_SOAP12, XSD } from './names.ts'
import type { Schema } from './schema-model.ts'
import { schemaMarkup } from './schema-writer.ts'

export interface WsdlOptions {
  /** Where the factory is called. */
  readonly address: string
  /** Where an instance is called. */
  readonly instanceAddress: string
  readonly soap: '1.1' | '1.2'
}

interface Port {
  readonly name: string
  readonly portType: QName
  readonly binding: QName
  readonly address: string
  readonly operations: readonly Operation[]
  readonly hints: readonly Markup[]
}

interface WsdlDocument {
  readonly name: string
  readonly documentation: string | undefined
  readonly namespace: string
  readonly schemas: readonly Schema[]
  readonly service: string
  readonly ports: readonly Port[]
  readonly soap: '1.1' | '1.2'
}

const wsdl = (local: string, attributes: Markup['attributes'] = {}, content: Markup['content'] = []): Markup =>
  markup(qname(WSDL, local), attributes, content)

/** wsimport then takes one request object, instead of an argument an input in an order that nobody remembers. */
const oneArgument = markup(qname(JAXWS, 'bindings'), {}, [markup(qname(JAXWS, 'enableWrapperStyle'), {}, 'false')])

/**
 * The typed WSDL of an application: one file without imports, document/literal, wrapped, factory and job as two ports of
 * one service. OGSI's operations, answered at the same addresses, have a WSDL of their own.
 */
export function writeWsdl(contract: Contract, { address, instanceAddress, soap }: WsdlOptions): string {
  const names = contractNames(contract.name)
  const typed = (portType: QName): Operation[] =>
    operationsOf(contract, portType).filter(operation => operation.input.namespace !== OGSI)
  const operations = { factory: typed(names.factory.portType), job: typed(names.job.portType) }
  return writeDefinitions({
    name: contract.name,
    documentation: contract.documentation,
    namespace: contract.namespace,
    schemas: contract.schemas.filter(schema => !ofOgsi(schema)),
    service: names.service.local,
    ports: [
      { ...names.factory, name: names.factory.port, address, operations: operations.factory, hints: [oneArgument] },
      { ...names.job, name: names.job.port, address: instanceAddress, operations: operations.job, hints: [] },
    ],
    soap,
  })
}

/** OGSI's operations of one portType, inheritance flattened, because no WSDL 1.1 client reads GWSDL. */
export function writeOgsiWsdl(
  contract: Contract,
  { portType, address, soap }: { readonly portType: QName; readonly address: string; readonly soap: '1.1' | '1.2' },
): string {
  const name = `${pascalCase(portType.local.replace(/PortType$/, ''))}Ogsi`
  const own = (local: string): QName => qname(contract.namespace, local)
  return writeDefinitions({
    name,
    documentation: contract.documentation,
    namespace: contract.namespace,
    schemas: contract.schemas.filter(ofOgsi),
    service: `${name}Service`,
    ports: [
      {
        name,
        portType: own(`${name}PortType`),
        binding: own(`${name}Binding`),
        address,
        operations: operationsOf(contract, portType).filter(operation => operation.input.namespace === OGSI),
        hints: [],
      },
    ],
    soap,
  })
}

/** The typed operations of some portTypes of a contract, inheritance flattened: one service with a port for each. */
export function writePortsWsdl(
  contract: Contract,
  {
    service,
    ports,
    soap,
  }: {
    readonly service: string
    readonly ports: readonly { readonly portType: QName; readonly address: string }[]
    readonly soap: '1.1' | '1.2'
  },
): string {
  return writeDefinitions({
    name: contract.name,
    documentation: contract.documentation,
    namespace: contract.namespace,
    schemas: contract.schemas.filter(schema => !ofOgsi(schema)),
    service,
    ports: ports.map(({ portType, address }) => {
      const name = portType.local.replace(/PortType$/, '')
      return {
        ...{ name, portType, address, binding: qname(contract.namespace, `${name}Binding`), hints: [oneArgument] },
        operations: operationsOf(contract, portType).filter(operation => operation.input.namespace !== OGSI),
      }
    }),
    soap,
  })
}

/** One portType of a contract whose operations are not inherited, with its own service. */
export function writePortTypeWsdl(
  contract: Contract,
  { portType, address, soap }: { readonly portType: QName; readonly address: string; readonly soap: '1.1' | '1.2' },
): string {
  const { local: name } = portType
  const own = (local: string): QName => qname(contract.namespace, local)
  return writeDefinitions({
    name,
    documentation: contract.documentation,
    namespace: contract.namespace,
    schemas: contract.schemas,
    service: `${name}Service`,
    ports: [
      {
        name,
        portType,
        binding: own(`${name}Binding`),
        address,
        operations: operationsOf(contract, portType),
        hints: [],
      },
    ],
    soap,
  })
}

const ofOgsi = ({ namespace }: Schema): boolean =>
  namespace === OGSI || namespace === SERVICE_DATA || namespace === GRID

function writeDefinitions(document: WsdlDocument): string {
  const soapNamespace = document.soap === '1.1' ? WSDL_SOAP11 : WSDL_SOAP12
  const soap: SoapMarkup = (local, attributes) => markup(qname(soapNamespace, local), attributes)
  const prefixes: Record<string, string> = {
    '': WSDL,
    soap: soapNamespace,
    xs: XSD,
    t: document.namespace,
    ...prefixesOf(document.schemas, document.namespace),
    ...(document.ports.some(port => port.hints.length > 0) ? { jaxws: JAXWS } : {}),
  }
  const name = nameWriter(prefixes)
  const content = [
    ...documented(document.documentation),
    wsdl(
      'types',
      {},
      document.schemas.map(schema => schemaMarkup(schema, name)),
    ),
    ...messages(
      document.ports.flatMap(port => port.operations),
      name,
    ),
    ...document.ports.map(port => portType(port, name, document.namespace)),
    ...document.ports.map(port => binding(port, name, soap)),
    wsdl(
      'service',
      { name: document.service },
      document.ports.map(port => portMarkup(port, name, soap)),
    ),
  ]
  return writeDocument(
    wsdl('definitions', { name: document.name, targetNamespace: document.namespace }, content),
    prefixes,
  )
}

/** j for jobs, ogsi for OGSI: the prefixes that documentation and examples use. */
export function prefixesOf(schemas: readonly Schema[], target: string): Record<string, string> {
  const prefixes: Record<string, string> = {}
  for (const { namespace } of schemas) {
    if (namespace === target) continue
    const usual = new Map([
      [JOB, 'j'],
      [OGSI, 'ogsi'],
      [SERVICE_DATA, 'sd'],
      [GRID, 'g'],
    ])
    prefixes[usual.get(namespace) ?? `n${Object.keys(prefixes).length}`] = namespace
  }
  return prefixes
}

const documented = (text: string | undefined): Markup[] =>
  text === undefined || text === '' ? [] : [wsdl('documentation', {}, text)]

const message = (name: string, part: string, element: string): Markup =>
  wsdl('message', { name }, [wsdl('part', { name: part, element })])

/** Fault messages are called XFault, because Axis 1 cannot have message and element of one name. */
const faultMessage = (fault: string): string => `${fault}${/Fault$/.test(fault) ? 'Message' : 'Fault'}`

/** Every message once, faults first. */
export function messages(operations: readonly Operation[], name: WriteName): Markup[] {
  const faults = new Map(operations.flatMap(({ faults }) => faults.map(fault => [fault.name, fault.element] as const)))
  return [
    ...[...faults].map(([fault, element]) => message(faultMessage(fault), 'fault', name(element))),
    ...operations.flatMap(operation => [
      message(`${operation.name}Request`, 'parameters', name(operation.input)),
      ...(operation.output === undefined
        ? []
        : [message(`${operation.name}Reply`, 'parameters', name(operation.output))]),
    ]),
  ]
}

/** The wsdl:operation elements of a portType. */
export function abstractOperations(operations: readonly Operation[], name: WriteName, namespace: string): Markup[] {
  const own = (local: string): string => name(qname(namespace, local))
  return operations.map(operation =>
    wsdl('operation', { name: operation.name }, [
      ...documented(operation.documentation),
      wsdl('input', { message: own(`${operation.name}Request`) }),
      ...(operation.output === undefined ? [] : [wsdl('output', { message: own(`${operation.name}Reply`) })]),
      ...operation.faults.map(fault => wsdl('fault', { name: fault.name, message: own(faultMessage(fault.name)) })),
    ]),
  )
}

const portType = (port: Port, name: WriteName, namespace: string): Markup =>
  wsdl('portType', { name: port.portType.local }, [
    ...port.hints,
    ...abstractOperations(port.operations, name, namespace),
  ])

type SoapMarkup = (local: string, attributes: Markup['attributes']) => Markup

function binding(port: Port, name: WriteName, soap: SoapMarkup): Markup {
  const body = [soap('body', { use: 'literal' })]
  return wsdl('binding', { name: port.binding.local, type: name(port.portType) }, [
    soap('binding', { style: 'document', transport: SOAP_HTTP }),
    ...port.operations.map(operation =>
      wsdl('operation', { name: operation.name }, [
        soap('operation', { soapAction: operation.soapAction }),
        wsdl('input', {}, body),
        ...(operation.output === undefined ? [] : [wsdl('output', {}, body)]),
        ...operation.faults.map(fault =>
          wsdl('fault', { name: fault.name }, [soap('fault', { name: fault.name, use: 'literal' })]),
        ),
      ]),
    ),
  ])
}

const portMarkup = (port: Port, name: WriteName, soap: SoapMarkup): Markup =>
  wsdl('port', { name: port.name, binding: name(port.binding) }, [soap('address', { location: port.address })])
