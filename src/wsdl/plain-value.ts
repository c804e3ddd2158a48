import { attributeOf, childElements, textOf, type XmlElement } from '../xml/tree.ts'
import { XSI } from './names.ts'

/**
 * A value of a contract as JSON has it: 64-bit integers as numbers where exact and as text beyond, dates in ISO form, bytes
 * in base64, elements whose type nobody told as their text or an object of their children.
 */
export function plainValue(value: unknown): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString()
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (Array.isArray(value)) return value.map(plainValue)
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  if (isElement(value)) return plainElement(value)
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, plainValue(one)]))
}

const isElement = (value: object): value is XmlElement => 'local' in value && 'children' in value && 'prefixes' in value

function plainElement(element: XmlElement): unknown {
  const children = childElements(element)
  if (children.length === 0) return attributeOf(element, XSI, 'nil') === 'true' ? null : textOf(element)
  const members: Record<string, unknown> = Object.create(null) as Record<string, unknown>
  for (const child of children) {
    const { local } = child
    const one = plainElement(child)
    members[local] = local in members ? [members[local], one].flat() : one
  }
  return members
}
