import fc from 'fast-check'
import { clark, type QName, qname } from '../../../src/core/qname.ts'
import { XSD } from '../../../src/wsdl/names.ts'
import {
  type ComplexType,
  type ElementParticle,
  isNamed,
  type Particle,
  type Schema,
  type SimpleType,
  type Type,
  type TypeUse,
} from '../../../src/wsdl/schema-model.ts'

type Members = Record<string, unknown>

const characters = fc.constantFrom(
  'a',
  'B',
  '7',
  ' ',
  '<',
  '&',
  '>',
  '"',
  "'",
  '\t',
  '\n',
  '\r',
  ']]>',
  'ü',
  '\u{1f600}',
  '\ufffd',
)
const text = fc.array(characters, { maxLength: 8 }).map(parts => parts.join(''))
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
const first = new Date('0001-01-02T00:00:00Z')
const last = new Date('9999-12-30T00:00:00Z')

const builtin: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  string: text,
  anyURI: fc.webUrl(),
  int: fc.integer(),
  long: int64,
  double: fc.double(),
  boolean: fc.boolean(),
  dateTime: fc.date({ min: first, max: last, noInvalidDate: true }),
  base64Binary: fc.uint8Array({ maxLength: 20 }),
  decimal: fc.tuple(int64, fc.nat(999)).map(([whole, fraction]) => `${whole}.${fraction}`),
  integer: fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }),
  QName: fc.constantFrom(qname('urn:a', 'one'), qname('urn:b&c', 'two'), qname('', 'three'), qname(XSD, 'string')),
}

/** Values of an element of these schemas, as the decoder gives them. */
export function valuesOf(schemas: readonly Schema[], element: QName): fc.Arbitrary<Members> {
  const types = new Map<string, Type>()
  const elements = new Map<string, TypeUse>()
  for (const { namespace, components } of schemas)
    for (const component of components) {
      const key = clark(qname(namespace, component.name))
      if (component.kind === 'type') types.set(key, component.type)
      if (component.kind === 'element') elements.set(key, component.type)
    }

  const ofUse = (use: TypeUse): fc.Arbitrary<unknown> => {
    const type = isNamed(use) ? types.get(clark(use)) : use
    if (type === undefined) return builtin[(use as QName).local] ?? fc.constant(undefined)
    return type.kind === 'complex' ? ofComplex(type) : ofSimple(type)
  }

  const ofSimple = (type: SimpleType): fc.Arbitrary<unknown> => {
    if (type.kind === 'union') return fc.oneof(...type.members.map(ofUse))
    const { enumeration, minInclusive, maxInclusive, minLength = 0, maxLength, pattern } = type.facets
    if (enumeration !== undefined) return fc.constantFrom(...enumeration)
    if (pattern !== undefined) return fc.constantFrom('a', 'abca', 'x', 'xxxx')
    if (maxLength !== undefined) return fc.string({ minLength, maxLength: Math.min(maxLength, 20) })
    const min = Number(minInclusive ?? -1e6)
    const max = Number(maxInclusive ?? 1e6)
    const base = type.base.local
    if (base === 'double') return fc.double({ min, max, noNaN: true })
    if (base === 'int') return fc.integer({ min: Math.max(min, -(2 ** 31)), max: Math.min(max, 2 ** 31 - 1) })
    if (base === 'long') return fc.bigInt({ min: BigInt(min), max: BigInt(max) })
    return ofUse(type.base)
  }

  const ofComplex = (type: ComplexType): fc.Arbitrary<Members> => {
    const own: fc.Arbitrary<Members>[] = type.content === undefined ? [] : [ofParticle(type.content)]
    for (const use of type.attributes)
      if (use.ref === undefined) own.push(member(use.name, ofUse(use.type), !use.required))
    return together(own)
  }

  const ofParticle = (particle: Particle): fc.Arbitrary<Members> => {
    if (particle.kind === 'any') return fc.constant({})
    if (particle.kind === 'element') return ofElement(particle)
    const parts = particle.particles.map(ofParticle)
    const some = particle.kind === 'choice' ? fc.oneof(...parts) : together(parts)
    return particle.min === 0 ? fc.oneof(fc.constant({}), some) : some
  }

  const ofElement = ({ name, ref, type, min, max, nillable }: ElementParticle): fc.Arbitrary<Members> => {
    const use = type ?? (ref === undefined ? undefined : elements.get(clark(ref)))
    if (use === undefined) return fc.constant({})
    const one = nillable ? fc.option(ofUse(use), { nil: null, freq: 4 }) : ofUse(use)
    if (max === 1) return member(name, one, min === 0)
    const list = fc.array(one, { minLength: min, maxLength: Math.min(max, min + 2) })
    return list.map(values => (values.length === 0 ? {} : { [name]: values }))
  }

  const root = elements.get(clark(element))
  if (root === undefined) throw new Error(`no element ${clark(element)}`)
  return ofUse(root) as fc.Arbitrary<Members>
}

const together = (parts: fc.Arbitrary<Members>[]): fc.Arbitrary<Members> =>
  fc.tuple(...parts).map(members => Object.assign({}, ...members) as Members)

const member = (name: string, value: fc.Arbitrary<unknown>, optional: boolean): fc.Arbitrary<Members> => {
  const present = value.map(one => ({ [name]: one }))
  return optional ? fc.oneof(fc.constant({}), present) : present
}
