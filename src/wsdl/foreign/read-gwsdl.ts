import { clark, type QName } from '../../core/qname.ts'
import { attributeOf, childElements } from '../../xml/tree.ts'
import { ContractError } from '../contract-error.ts'
import type { Contract, PortType } from '../contract-model.ts'
import { lineageOf } from '../contract-operations.ts'
import { GWSDL } from '../names.ts'
import { readMessages, readPortTypes } from '../port-type-reader.ts'
import { readSchema } from '../schema-reader.ts'
import { adaptSchemas } from './adapt-schemas.ts'
import type { Wire } from './bindings.ts'
import type { DescribedPort, DescribedService } from './described-service.ts'
import type { WsdlDocuments } from './gather-documents.ts'
import { readPorts } from './read-foreign-wsdl.ts'

/** Whether a WSDL has portTypes of GWSDL, which may extend others and declare service data (OGSI 1.0 section 5). */
export const isGwsdl = ({ definitions }: WsdlDocuments): boolean =>
  definitions.some(one =>
    childElements(one).some(({ namespace, local }) => namespace === GWSDL && local === 'portType'),
  )

/**
 * The portTypes of a GWSDL with all that they inherit. GWSDL binds nothing (OGSI 1.0 section 5.1): without a binding in it,
 * every portType of the document that no other extends is taken to be answered where the document is found, in
 * document/literal over SOAP 1.1, as OGSI services do. Throws ContractError.
 */
export function readGwsdl(documents: WsdlDocuments, url: string): DescribedService {
  const { definitions, schemas } = documents
  const [root] = definitions
  if (root === undefined) throw new Error('there is no GWSDL')
  const namespaceOf = (one: typeof root): string => attributeOf(one, '', 'targetNamespace') ?? ''
  const messages = new Map(definitions.flatMap(one => [...readMessages(one, namespaceOf(one))]))
  const portTypes = firstOfEach(definitions.flatMap(one => readPortTypes(one, namespaceOf(one), messages)))
  const adapted = adaptSchemas(schemas)
  const contract: Contract = {
    name: attributeOf(root, '', 'name') ?? 'service',
    namespace: namespaceOf(root),
    documentation: undefined,
    schemas: adapted.schemas.map(readSchema),
    portTypes,
  }
  for (const { name } of portTypes) requireLineage(contract, name)
  const bound = readPorts(documents).filter(({ portType }) => has(portTypes, portType))
  const ports = bound.length > 0 ? bound : impliedPorts(contract, url)
  return { contract, ports: ports.map(one => withInherited(one, contract)), omitted: [], arrays: adapted.arrays }
}

const has = (portTypes: readonly PortType[], name: QName): boolean =>
  portTypes.some(one => clark(one.name) === clark(name))

/** A document may come on several ways; it says the same each time. */
const firstOfEach = (portTypes: readonly PortType[]): readonly PortType[] => [
  ...new Map([...portTypes].reverse().map(one => [clark(one.name), one])).values(),
]

function requireLineage(contract: Contract, name: QName): void {
  try {
    lineageOf(contract, name)
  } catch (error) {
    throw new ContractError(`The portType ${clark(name)} cannot be read: ${(error as Error).message}`)
  }
}

function impliedPorts({ namespace, portTypes }: Contract, url: string): readonly DescribedPort[] {
  const own = portTypes.filter(({ name }) => name.namespace === namespace)
  const extended = new Set(own.flatMap(one => one.extends.map(clark)))
  const address = /^https?:/i.test(url) ? url.replace(/[?#].*$/s, '') : ''
  return own
    .filter(({ name }) => !extended.has(clark(name)))
    .map(({ name }) => ({ portType: name, address, soap: '1.1' as const }))
}

/** What a binding does not speak of is said as OGSI says it. */
function withInherited(port: DescribedPort, contract: Contract): DescribedPort {
  const operations = lineageOf(contract, port.portType).flatMap(one => one.operations)
  const wires = new Map(operations.map(({ name }) => [name, port.wires?.get(name) ?? documentLiteral]))
  return { ...port, wires }
}

const documentLiteral: Wire = { style: 'document', encoded: false }
