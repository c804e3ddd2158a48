import { type QName, qname } from '../core/qname.ts'
import { childElements, isElement, textOf, type XmlElement } from '../xml/tree.ts'
import type { Contract, PortType, ServiceDataDeclaration } from './contract-model.ts'
import { operationsOf } from './contract-operations.ts'
import { type Markup, markup, nameWriter, type WriteName, writeDocument } from './indented-markup.ts'
import { GRID, GWSDL, JOB, OGSI, SERVICE_DATA, WSDL, XSD } from './names.ts'
import { schemaMarkup } from './schema-writer.ts'
import { resolveName } from './source-element.ts'
import { abstractOperations, messages } from './wsdl-writer.ts'

export interface GwsdlOptions {
  /** Which of the contract's namespaces to write: the application's, `JOB` or `OGSI`. */
  readonly namespace: string
  /** Where the GWSDL of the other namespaces is found; a WSDL document has one target namespace, so this form has imports. */
  readonly location: (namespace: string) => string
}

/** The portTypes of one namespace with their inheritance and service data, for OGSI tools (OGSI 1.0 sections 5 and 6). */
export function writeGwsdl(contract: Contract, { namespace, location }: GwsdlOptions): string {
  const portTypes = contract.portTypes.filter(portType => portType.name.namespace === namespace)
  const schemas = contract.schemas.filter(schema => schema.namespace === namespace)
  const imports = new Set([
    ...schemas.flatMap(schema => schema.imports),
    ...portTypes.flatMap(portType => portType.extends.map(parent => parent.namespace)),
  ])
  imports.delete(namespace)
  const prefixes = prefixesFor(namespace)
  const name = nameWriter(prefixes)
  const operations = portTypes.flatMap(portType => portType.operations)
  return writeDocument(
    wsdl('definitions', { name: `${contract.name}-gwsdl`, targetNamespace: namespace }, [
      ...[...imports].map(other => wsdl('import', { namespace: other, location: location(other) })),
      wsdl(
        'types',
        {},
        schemas.map(schema => schemaMarkup(schema, name)),
      ),
      ...messages(operations, name),
      ...portTypes.map(portType => portTypeMarkup(portType, contract, name, namespace)),
    ]),
    prefixes,
  )
}

const wsdl = (local: string, attributes: Markup['attributes'] = {}, content: Markup['content'] = []): Markup =>
  markup(qname(WSDL, local), attributes, content)

function prefixesFor(namespace: string): Record<string, string> {
  const own = namespace === JOB || namespace === OGSI || namespace === GRID ? {} : { t: namespace }
  return { '': WSDL, gwsdl: GWSDL, sd: SERVICE_DATA, xs: XSD, ...own, j: JOB, ogsi: OGSI, g: GRID }
}

function portTypeMarkup(portType: PortType, contract: Contract, name: WriteName, namespace: string): Markup {
  const parents = portType.extends.filter(parent => !repeatsOperations(parent, portType, contract))
  return markup(
    qname(GWSDL, 'portType'),
    { name: portType.name.local, extends: parents.length === 0 ? undefined : parents.map(name).join(' ') },
    [
      ...documented(portType.documentation),
      ...abstractOperations(portType.operations, name, namespace),
      ...portType.serviceData.map(declaration => serviceDataMarkup(declaration, name)),
      ...(portType.staticValues.length === 0
        ? []
        : [
            markup(
              qname(SERVICE_DATA, 'staticServiceDataValues'),
              {},
              portType.staticValues.map(value => copied(value, name)),
            ),
          ]),
    ],
  )
}

/** JobDestroy beside a parent that extends GridService: GWSDL has no two operations of one name. */
function repeatsOperations(parent: QName, { extends: all }: PortType, contract: Contract): boolean {
  const others = all.filter(other => other !== parent).flatMap(other => operationsOf(contract, other))
  const own = operationsOf(contract, parent)
  return own.length > 0 && own.every(({ name }) => others.some(other => other.name === name))
}

const documented = (text: string | undefined): Markup[] => (text === undefined ? [] : [wsdl('documentation', {}, text)])

const serviceDataMarkup = (declaration: ServiceDataDeclaration, name: WriteName): Markup =>
  markup(
    qname(SERVICE_DATA, 'serviceData'),
    {
      name: declaration.name.local,
      type: name(declaration.type),
      minOccurs: declaration.min,
      maxOccurs: declaration.max === Number.POSITIVE_INFINITY ? 'unbounded' : declaration.max,
      mutability: declaration.mutability,
      modifiable: declaration.modifiable,
      nillable: declaration.nillable,
    },
    documented(declaration.documentation),
  )

/** Where static values hold QNames. */
const qualified: ReadonlySet<string> = new Set(['inputElement', 'createsInterface'])

/** A static value with its QNames rewritten to the prefixes of this document. */
function copied(element: XmlElement, name: WriteName): Markup {
  const attributes = Object.fromEntries(
    element.attributes.map(({ namespace, local, value }) => [
      `{${namespace}}${local}`,
      qualified.has(local) ? name(resolveName(element, value)) : value,
    ]),
  )
  const content = element.children.some(isElement)
    ? childElements(element).map(child => copied(child, name))
    : qualified.has(element.local)
      ? name(resolveName(element, textOf(element)))
      : textOf(element)
  return markup(qname(element.namespace, element.local), attributes, content === '' ? [] : content)
}
