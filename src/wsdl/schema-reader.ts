// Longer than most: one function a construct of the subset, in the order of the specification.
import type { XmlElement } from '../xml/tree.ts'
import { ContractError } from './contract-error.ts'
import { XSD } from './names.ts'
import type {
  AnyParticle,
  AttributeUse,
  ComplexType,
  Component,
  ElementDeclaration,
  ElementParticle,
  Facets,
  Group,
  Particle,
  Schema,
  SimpleType,
  TypeUse,
} from './schema-model.ts'
import {
  booleanAttribute,
  childrenIn,
  collapsedText,
  occurrence,
  onlyAttributes,
  optional,
  refuse,
  required,
  requiredName,
  requiredQName,
  resolveName,
} from './source-element.ts'

/** More than any contract needs, and small enough that reading stays quick. */
const mostComponents = 10_000
const mostParts = 2_000

/**
 * An xs:schema as a model. Refuses what is outside the subset, by name: nothing is passed over that would change what
 * messages look like. Throws {@link ContractError}.
 */
export function readSchema(element: XmlElement): Schema {
  if (element.namespace !== XSD || element.local !== 'schema') refuse(element, 'this is not an xs:schema')
  onlyAttributes(element, ['targetNamespace', 'elementFormDefault', 'attributeFormDefault', 'version', 'id'])
  const namespace = optional(element, 'targetNamespace') ?? ''
  const imports: string[] = []
  const components: Component[] = []
  for (const child of parts(element, mostComponents)) {
    if (child.local === 'import') imports.push(readImport(child))
    else components.push(readComponent(child, namespace))
  }
  const names = new Set<string>()
  for (const component of components) {
    const key = `${component.kind} ${component.name}`
    if (names.has(key)) throw new ContractError(`The ${key} is defined twice in ${namespace}`)
    names.add(key)
  }
  return {
    namespace,
    documentation: documentationOf(element),
    elementsQualified: form(element, 'elementFormDefault'),
    attributesQualified: form(element, 'attributeFormDefault'),
    imports,
    components,
  }
}

function form(element: XmlElement, attribute: string): boolean {
  const value = optional(element, attribute) ?? 'unqualified'
  if (value !== 'qualified' && value !== 'unqualified') refuse(element, `${attribute} is ${value}`)
  return value === 'qualified'
}

function readImport(element: XmlElement): string {
  if (optional(element, 'schemaLocation') !== undefined)
    refuse(element, 'a schema elsewhere (schemaLocation) is not fetched: all schemas must be in this file')
  return optional(element, 'namespace') ?? ''
}

function readComponent(element: XmlElement, namespace: string): Component {
  switch (element.local) {
    case 'simpleType':
      return { kind: 'type', name: requiredName(element), type: readSimpleType(element) }
    case 'complexType':
      return { kind: 'type', name: requiredName(element), type: readComplexType(element, namespace) }
    case 'element':
      return readElement(element, namespace)
    case 'attribute':
      onlyAttributes(element, ['name', 'type', 'id'])
      return { kind: 'attribute', name: requiredName(element), type: requiredQName(element, 'type') }
    default:
      return outside(element)
  }
}

const outside = (element: XmlElement): never => refuse(element, 'this construct of XML Schema is not taken')

/** Children in the XSD namespace without annotations; everything else inside a schema is a mistake. */
function parts(element: XmlElement, most = mostParts): XmlElement[] {
  const children = childrenIn(element, XSD).filter(child => child.local !== 'annotation')
  return children.length <= most ? children : refuse(element, `it has more than ${most} parts`)
}

function documentationOf(element: XmlElement): string | undefined {
  const annotation = childrenIn(element, XSD).find(child => child.local === 'annotation')
  return annotation && collapsedText(childrenIn(annotation, XSD).find(child => child.local === 'documentation'))
}

function readElement(element: XmlElement, namespace: string): ElementDeclaration {
  onlyAttributes(element, ['name', 'type', 'nillable', 'id'])
  return {
    kind: 'element',
    name: requiredName(element),
    type: readTypeUse(element, namespace),
    nillable: booleanAttribute(element, 'nillable'),
    documentation: documentationOf(element),
  }
}

function readTypeUse(element: XmlElement, namespace: string): TypeUse {
  const named = optional(element, 'type')
  const [inline, ...more] = parts(element)
  if (named !== undefined) {
    if (inline !== undefined) refuse(element, 'it has a type attribute and a type inside')
    return resolveName(element, named)
  }
  if (inline === undefined) return { namespace: XSD, local: 'anyType' }
  if (more.length > 0) refuse(element, `more than a type stands inside: ${more[0]?.local}`)
  if (inline.local === 'simpleType') return readSimpleType(inline)
  return inline.local === 'complexType' ? readComplexType(inline, namespace) : outside(inline)
}

function readSimpleType(element: XmlElement): SimpleType {
  onlyAttributes(element, ['name', 'final', 'id'])
  const documentation = documentationOf(element)
  const [derivation] = parts(element)
  if (derivation === undefined) refuse(element, 'it has neither restriction nor union')
  if (derivation.local === 'union') {
    onlyAttributes(derivation, ['memberTypes', 'id'])
    if (parts(derivation).length > 0) refuse(derivation, 'types inside a union are not taken: name them')
    const members = required(derivation, 'memberTypes').trim().split(/\s+/)
    return { kind: 'union', members: members.map(member => resolveName(derivation, member)), documentation }
  }
  if (derivation.local !== 'restriction') outside(derivation)
  onlyAttributes(derivation, ['base', 'id'])
  return {
    kind: 'restriction',
    base: requiredQName(derivation, 'base'),
    facets: readFacets(derivation),
    documentation,
  }
}

function readFacets(restriction: XmlElement): Facets {
  const enumeration: string[] = []
  const pattern: string[] = []
  const single: { -readonly [K in keyof Facets]?: Facets[K] } = {}
  for (const facet of parts(restriction, mostComponents)) {
    const value = required(facet, 'value')
    if (facet.local === 'enumeration') enumeration.push(value)
    else if (facet.local === 'pattern') pattern.push(value)
    else if (facet.local === 'minInclusive' || facet.local === 'maxInclusive') single[facet.local] = value.trim()
    else if (facet.local === 'minLength' || facet.local === 'maxLength') {
      if (!/^\d{1,9}$/.test(value.trim())) refuse(facet, 'its value is not a length')
      single[facet.local] = Number(value)
    } else outside(facet)
  }
  return {
    ...(enumeration.length > 0 ? { enumeration } : {}),
    ...single,
    ...(pattern.length > 0 ? { pattern } : {}),
  }
}

function readComplexType(element: XmlElement, namespace: string): ComplexType {
  onlyAttributes(element, ['name', 'abstract', 'final', 'block', 'mixed', 'id'])
  if (booleanAttribute(element, 'mixed')) refuse(element, 'mixed content is not taken')
  const [first] = parts(element)
  const derived = first?.local === 'complexContent' || first?.local === 'simpleContent' ? first : undefined
  const body = derived === undefined ? element : extensionIn(derived)
  const content: Group[] = []
  const attributes: AttributeUse[] = []
  for (const part of parts(body)) {
    if (part.local === 'sequence' || part.local === 'choice') content.push(readGroup(part, namespace))
    else if (part.local === 'attribute') attributes.push(readAttributeUse(part))
    else outside(part)
  }
  if (content.length > 1) refuse(element, 'it has more than one sequence or choice')
  if (derived?.local === 'simpleContent' && content.length > 0) refuse(element, 'simple content has no elements')
  return {
    kind: 'complex',
    abstract: booleanAttribute(element, 'abstract'),
    base: derived === undefined ? undefined : requiredQName(body, 'base'),
    simpleContent: derived?.local === 'simpleContent',
    content: content[0],
    attributes,
    documentation: documentationOf(element),
  }
}

function extensionIn(derived: XmlElement): XmlElement {
  const [extension] = parts(derived)
  if (extension?.local !== 'extension')
    return extension === undefined ? refuse(derived, 'it is empty') : outside(extension)
  return extension
}

function readGroup(element: XmlElement, namespace: string): Group {
  onlyAttributes(element, ['minOccurs', 'maxOccurs', 'id'])
  const { min, max } = occurrence(element)
  if (max !== 1 || min > 1) refuse(element, 'a repeated group is not taken: only elements repeat')
  const particles = parts(element).map(part => readParticle(part, namespace))
  return { kind: element.local === 'choice' ? 'choice' : 'sequence', min: min === 0 ? 0 : 1, particles }
}

function readParticle(element: XmlElement, namespace: string): Particle {
  if (element.local === 'element') return readElementParticle(element, namespace)
  if (element.local === 'any') return readAny(element, namespace)
  return element.local === 'sequence' || element.local === 'choice' ? readGroup(element, namespace) : outside(element)
}

function readElementParticle(element: XmlElement, namespace: string): ElementParticle {
  onlyAttributes(element, ['name', 'type', 'ref', 'nillable', 'minOccurs', 'maxOccurs', 'form', 'id'])
  const reference = optional(element, 'ref')
  const ref = reference === undefined ? undefined : resolveName(element, reference)
  const own = optional(element, 'form')
  return {
    kind: 'element',
    ...(own === undefined ? {} : { qualified: own === 'qualified' }),
    ref,
    name: ref?.local ?? requiredName(element),
    type: ref === undefined ? readTypeUse(element, namespace) : undefined,
    ...occurrence(element),
    nillable: booleanAttribute(element, 'nillable'),
    documentation: documentationOf(element),
  }
}

function readAny(element: XmlElement, namespace: string): AnyParticle {
  onlyAttributes(element, ['namespace', 'processContents', 'minOccurs', 'maxOccurs', 'id'])
  const text = optional(element, 'namespace')?.trim() ?? '##any'
  const resolved = (word: string): string => (word === '##targetNamespace' ? namespace : word === '##local' ? '' : word)
  const namespaces = text === '##any' || text === '##other' ? text : text.split(/\s+/).map(resolved)
  return { kind: 'any', namespaces, ...occurrence(element) }
}

function readAttributeUse(element: XmlElement): AttributeUse {
  onlyAttributes(element, ['name', 'ref', 'type', 'use', 'id'])
  const use = optional(element, 'use') ?? 'optional'
  if (use !== 'optional' && use !== 'required') refuse(element, `use is ${use}, and must be optional or required`)
  const ref = optional(element, 'ref')
  return ref === undefined
    ? {
        ref: undefined,
        name: requiredName(element),
        type: requiredQName(element, 'type'),
        required: use === 'required',
      }
    : { ref: resolveName(element, ref), required: use === 'required' }
}
