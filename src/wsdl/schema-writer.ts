import type { XmlAttributes } from '../xml/xml-writer.ts'
import { type Markup, nameWriter, type WriteName, writeDocument, xs } from './indented-markup.ts'
import { XSD } from './names.ts'
import {
  type AttributeUse,
  type ComplexType,
  type Component,
  type ElementParticle,
  isNamed,
  type Particle,
  type Schema,
  type SimpleType,
  type Type,
  type TypeUse,
} from './schema-model.ts'

/** A schema as a document of its own. `prefixes` must cover every namespace that it refers to. */
export const writeSchema = (schema: Schema, prefixes: Readonly<Record<string, string>>): string => {
  const all = { xs: XSD, ...prefixes }
  return writeDocument(schemaMarkup(schema, nameWriter(all)), all)
}

/** The xs:schema element, for inside wsdl:types. */
export const schemaMarkup = (schema: Schema, name: WriteName): Markup =>
  xs(
    'schema',
    {
      targetNamespace: schema.namespace,
      elementFormDefault: schema.elementsQualified ? 'qualified' : undefined,
      attributeFormDefault: schema.attributesQualified ? 'qualified' : undefined,
    },
    [
      ...schema.imports.map(namespace => xs('import', { namespace })),
      ...documented(schema.documentation),
      ...schema.components.map(component => componentMarkup(component, name)),
    ],
  )

const documented = (text: string | undefined): Markup[] =>
  text === undefined ? [] : [xs('annotation', {}, [xs('documentation', {}, text)])]

function componentMarkup(component: Component, name: WriteName): Markup {
  if (component.kind === 'type') return typeMarkup(component.type, { name: component.name }, name)
  if (component.kind === 'attribute') return xs('attribute', { name: component.name, type: name(component.type) })
  const { attributes, inline } = typeUse(component.type, name)
  return xs('element', { name: component.name, ...attributes, nillable: component.nillable || undefined }, [
    ...documented(component.documentation),
    ...inline,
  ])
}

const typeUse = (type: TypeUse, name: WriteName): { attributes: XmlAttributes; inline: Markup[] } =>
  isNamed(type)
    ? { attributes: { type: name(type) }, inline: [] }
    : { attributes: {}, inline: [typeMarkup(type, {}, name)] }

const typeMarkup = (type: Type, attributes: XmlAttributes, name: WriteName): Markup =>
  type.kind === 'complex' ? complexMarkup(type, attributes, name) : simpleMarkup(type, attributes, name)

function simpleMarkup(type: SimpleType, attributes: XmlAttributes, name: WriteName): Markup {
  if (type.kind === 'union')
    return xs('simpleType', attributes, [
      ...documented(type.documentation),
      xs('union', { memberTypes: type.members.map(name).join(' ') }),
    ])
  const { enumeration = [], pattern = [], ...single } = type.facets
  const facet = (kind: string) => (value: string | number) => xs(kind, { value })
  return xs('simpleType', attributes, [
    ...documented(type.documentation),
    xs('restriction', { base: name(type.base) }, [
      ...enumeration.map(facet('enumeration')),
      ...Object.entries(single).map(([kind, value]) => facet(kind)(value)),
      ...pattern.map(facet('pattern')),
    ]),
  ])
}

function complexMarkup(type: ComplexType, attributes: XmlAttributes, name: WriteName): Markup {
  const body = [
    ...(type.content === undefined ? [] : [particleMarkup(type.content, name)]),
    ...type.attributes.map(use => attributeMarkup(use, name)),
  ]
  const derived = type.simpleContent ? 'simpleContent' : 'complexContent'
  return xs('complexType', { ...attributes, abstract: type.abstract || undefined }, [
    ...documented(type.documentation),
    ...(type.base === undefined ? body : [xs(derived, {}, [xs('extension', { base: name(type.base) }, body)])]),
  ])
}

const attributeMarkup = (use: AttributeUse, name: WriteName): Markup =>
  xs('attribute', {
    ...(use.ref === undefined ? { name: use.name, type: name(use.type) } : { ref: name(use.ref) }),
    use: use.required ? 'required' : undefined,
  })

function particleMarkup(particle: Particle, name: WriteName): Markup {
  switch (particle.kind) {
    case 'sequence':
    case 'choice':
      return xs(
        particle.kind,
        { minOccurs: particle.min === 0 ? 0 : undefined },
        particle.particles.map(one => particleMarkup(one, name)),
      )
    case 'any': {
      const { namespaces } = particle
      const namespace =
        typeof namespaces === 'string' ? namespaces : namespaces.map(one => (one === '' ? '##local' : one)).join(' ')
      return xs('any', { namespace, processContents: 'lax', ...occurs(particle) })
    }
    case 'element': {
      const { attributes, inline } =
        particle.type === undefined ? { attributes: {}, inline: [] } : typeUse(particle.type, name)
      const named = particle.ref === undefined ? { name: particle.name } : { ref: name(particle.ref) }
      const nillable = particle.nillable || undefined
      return xs('element', { ...named, ...attributes, ...occurs(particle), nillable, form: formOf(particle) }, [
        ...documented(particle.documentation),
        ...inline,
      ])
    }
  }
}

const formOf = ({ qualified }: ElementParticle): string | undefined =>
  qualified === undefined ? undefined : qualified ? 'qualified' : 'unqualified'

const occurs = ({ min, max }: { readonly min: number; readonly max: number }): XmlAttributes => ({
  minOccurs: min === 1 ? undefined : min,
  maxOccurs: max === 1 ? undefined : max === Number.POSITIVE_INFINITY ? 'unbounded' : max,
})
