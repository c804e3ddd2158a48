import type { QName } from '../core/qname.ts'

/**
 * The closed subset of XML Schema 1.0 that contracts are written in. What is not here does not exist for the decoder, the
 * serializer and the writers; the reader refuses it by name.
 */
export interface Schema {
  readonly namespace: string
  readonly documentation: string | undefined
  /** elementFormDefault and attributeFormDefault (XSD 1.0 part 1, section 3.15.2). */
  readonly elementsQualified: boolean
  readonly attributesQualified: boolean
  /** The namespaces it refers to; all schemas of a contract travel in one file, so there are no locations. */
  readonly imports: readonly string[]
  /** In document order: texts and golden files stay readable. */
  readonly components: readonly Component[]
}

export type Component =
  | { readonly kind: 'type'; readonly name: string; readonly type: Type }
  | ElementDeclaration
  | { readonly kind: 'attribute'; readonly name: string; readonly type: QName }

export interface ElementDeclaration {
  readonly kind: 'element'
  readonly name: string
  readonly type: TypeUse
  readonly nillable: boolean
  readonly documentation: string | undefined
}

/** A named type, or an anonymous one where it is used. */
export type TypeUse = QName | Type
export type Type = SimpleType | ComplexType
export type SimpleType = RestrictionType | UnionType

export interface RestrictionType {
  readonly kind: 'restriction'
  readonly base: QName
  readonly facets: Facets
  readonly documentation: string | undefined
}

export interface UnionType {
  readonly kind: 'union'
  readonly members: readonly QName[]
  readonly documentation: string | undefined
}

/** Facets as they are written; `enumeration` and `pattern` are alternatives, the others hold together. */
export interface Facets {
  readonly enumeration?: readonly string[]
  readonly minInclusive?: string
  readonly maxInclusive?: string
  readonly minLength?: number
  readonly maxLength?: number
  readonly pattern?: readonly string[]
}

export interface ComplexType {
  readonly kind: 'complex'
  readonly abstract: boolean
  /** What it extends: a complex type, or with `simpleContent` a simple one. */
  readonly base: QName | undefined
  readonly simpleContent: boolean
  readonly content: Group | undefined
  readonly attributes: readonly AttributeUse[]
  readonly documentation: string | undefined
}

export type Particle = ElementParticle | Group | AnyParticle

/** Only elements and wildcards repeat; a group occurs once, or at most once when `min` is 0. */
export interface Group {
  readonly kind: 'sequence' | 'choice'
  readonly min: 0 | 1
  readonly particles: readonly Particle[]
}

export interface ElementParticle {
  readonly kind: 'element'
  /** Whether its name has the schema's namespace, where that is not as for the other elements of the schema. */
  readonly qualified?: boolean
  /** Set for a reference to a global element; then `type` and `nillable` are that element's. */
  readonly ref: QName | undefined
  readonly name: string
  readonly type: TypeUse | undefined
  readonly min: number
  /** `Infinity` is unbounded. */
  readonly max: number
  readonly nillable: boolean
  readonly documentation: string | undefined
}

export interface AnyParticle {
  readonly kind: 'any'
  /** `##any`, `##other`, or namespaces (`##targetNamespace` and `##local` resolved). */
  readonly namespaces: '##any' | '##other' | readonly string[]
  readonly min: number
  readonly max: number
}

export type AttributeUse =
  | { readonly ref: QName; readonly required: boolean }
  | {
      readonly ref: undefined
      readonly name: string
      readonly type: QName
      readonly required: boolean
    }

export const isNamed = (type: TypeUse): type is QName => !('kind' in type)
