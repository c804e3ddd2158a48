import fc from 'fast-check'
import { type QName, qname } from '../../../src/core/qname.ts'
import { XSD } from '../../../src/wsdl/names.ts'
import type {
  AttributeUse,
  ComplexType,
  Component,
  ElementParticle,
  Group,
  Particle,
  RestrictionType,
  Schema,
} from '../../../src/wsdl/schema-model.ts'

/** How many cases a property is tried with; FUZZ_CASES raises it for a longer run. */
export const cases = { numRuns: Number(process.env['FUZZ_CASES'] ?? 500) }

const namespace = 'urn:generated'
const builtins = [
  'string',
  'int',
  'long',
  'double',
  'boolean',
  'dateTime',
  'base64Binary',
  'decimal',
  'integer',
  'QName',
]
const xsd = fc.constantFrom(...builtins).map(local => qname(XSD, local))
const help = fc.option(fc.constantFrom('Help', 'With <angle> & "quotes"'), { nil: undefined })

const restriction: fc.Arbitrary<RestrictionType> = fc
  .oneof(
    fc.uniqueArray(fc.stringMatching(/^[a-z][a-z-]{0,8}$/), { minLength: 1, maxLength: 5 }).map(enumeration => ({
      base: qname(XSD, 'string'),
      facets: { enumeration },
    })),
    fc
      .tuple(
        fc.integer({ min: -50, max: 0 }),
        fc.integer({ min: 1, max: 50 }),
        fc.constantFrom('int', 'long', 'double'),
      )
      .map(([min, max, base]) => ({
        base: qname(XSD, base),
        facets: { minInclusive: String(min), maxInclusive: String(max) },
      })),
    fc.tuple(fc.nat(3), fc.integer({ min: 3, max: 9 })).map(([minLength, maxLength]) => ({
      base: qname(XSD, 'string'),
      facets: { minLength, maxLength },
    })),
    fc.constant({ base: qname(XSD, 'string'), facets: { pattern: ['[a-c]{1,4}', 'x+'] } }),
  )
  .map(type => ({ kind: 'restriction', ...type, documentation: undefined }))

const occurs = fc.constantFrom(
  { min: 1, max: 1 },
  { min: 0, max: 1 },
  { min: 0, max: Number.POSITIVE_INFINITY },
  { min: 1, max: 3 },
  { min: 2, max: 2 },
)

/** A particle tree whose element names are taken from a supply, as members must be unique. */
function group(types: readonly QName[]): fc.Arbitrary<Group> {
  const one: fc.Arbitrary<ElementParticle> = fc
    .record({
      type: fc.oneof(xsd, fc.constantFrom(...types, qname(XSD, 'string'))),
      occurs,
      nillable: fc.boolean(),
      qualified: fc.option(fc.boolean(), { nil: undefined }),
      documentation: help,
    })
    .map(({ occurs, nillable, qualified, ...rest }) => ({
      kind: 'element',
      ...(qualified === undefined ? {} : { qualified }),
      ref: undefined,
      name: '',
      ...occurs,
      // A nil element keeps its required attributes (XSD 1.0 part 1, section 3.3.4); null has none, so not of A.
      nillable: nillable && rest.type.local !== 'A',
      ...rest,
    }))
  const nested = fc.letrec<{ group: Group; particle: Particle }>(tie => ({
    group: fc.record({
      kind: fc.constantFrom('sequence' as const, 'choice' as const),
      min: fc.constantFrom(0 as const, 1 as const),
      particles: fc.array(tie('particle'), { minLength: 1, maxLength: 3 }),
    }),
    particle: fc.oneof({ depthSize: 'small', withCrossShrink: true }, one, tie('group')),
  }))
  return fc
    .array(nested.particle, { maxLength: 4 })
    .map(particles => named({ kind: 'sequence', min: 1, particles }, { count: 0 }) as Group)
}

function named(particle: Particle, supply: { count: number }): Particle {
  if (particle.kind === 'element') return { ...particle, name: `m${supply.count++}` }
  return particle.kind === 'any'
    ? particle
    : { ...particle, particles: particle.particles.map(one => named(one, supply)) }
}

const attributes: fc.Arbitrary<AttributeUse[]> = fc
  .array(fc.record({ type: xsd.filter(type => type.local !== 'base64Binary'), required: fc.boolean() }), {
    maxLength: 2,
  })
  .map(uses => uses.map((use, i) => ({ ref: undefined, name: `at${i}`, ...use })))

const complex = (types: readonly QName[]): fc.Arbitrary<ComplexType> =>
  fc.record({ content: group(types), attributes, documentation: help }).map(rest => ({
    kind: 'complex',
    abstract: false,
    base: undefined,
    simpleContent: false,
    ...rest,
  }))

/** A schema with simple types, complex types that use them, one that extends another, and the element `message`. */
export const schemas: fc.Arbitrary<Schema> = fc
  .record({
    simple: fc.array(restriction, { maxLength: 3 }),
    elementsQualified: fc.boolean(),
    attributesQualified: fc.boolean(),
  })
  .chain(({ simple, ...forms }) => {
    const types = simple.map((_, i) => qname(namespace, `S${i}`))
    return fc.tuple(complex(types), complex([...types, qname(namespace, 'A')]), fc.constant(simple), fc.constant(forms))
  })
  .map(([a, b, simple, forms]): Schema => {
    const named = (name: string, type: Component & { kind: 'type' }): Component => ({ ...type, name })
    return {
      namespace,
      documentation: undefined,
      ...forms,
      imports: [],
      components: [
        ...simple.map((type, i) => named(`S${i}`, { kind: 'type', name: '', type })),
        named('A', { kind: 'type', name: '', type: a }),
        { kind: 'element', name: 'message', type: b, nillable: false, documentation: undefined },
      ],
    }
  })
