/** A type of an input or output, without what makes it optional or a list. */
export interface CwlType {
  readonly base: string
  readonly optional: boolean
  readonly array: boolean
  /** Of an enum. */
  readonly symbols?: readonly string[]
  /** Of a list: how each of its elements is bound. */
  readonly itemBinding?: Readonly<Record<string, unknown>>
  /** The binding in the type itself. */
  readonly binding?: Readonly<Record<string, unknown>>
}

const deepest = 4
export const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Reads `File?`, `string[]`, `[null, int]`, `{type: array, items: File}`, `{type: enum, symbols: [a, b]}`; undefined when it is none of these. */
export function readCwlType(type: unknown, depth = 0): CwlType | undefined {
  if (depth > deepest) return undefined
  if (typeof type === 'string') {
    if (type.endsWith('?')) return optional(readCwlType(type.slice(0, -1), depth + 1))
    if (type.endsWith('[]')) return listOf(readCwlType(type.slice(0, -2), depth + 1))
    return { base: type, optional: false, array: false }
  }
  if (Array.isArray(type)) {
    const others = type.filter(one => one !== 'null')
    const found = union(others.map(one => readCwlType(one, depth + 1)))
    return others.length < type.length ? optional(found) : found
  }
  if (!isMap(type)) return undefined
  const { type: kind, items, symbols, inputBinding } = type
  const binding = isMap(inputBinding) ? { binding: inputBinding } : {}
  if (kind === 'enum' && Array.isArray(symbols))
    // Symbols may be written as identifiers: `#tool/input/symbol`.
    return {
      ...{ base: 'enum', optional: false, array: false, ...binding },
      symbols: symbols.map(one => String(one).replace(/^.*[#/]/, '')),
    }
  if (kind === 'array') {
    const item = readCwlType(items, depth + 1)
    const found = listOf(item && { ...item, ...(item.binding === undefined ? {} : { itemBinding: item.binding }) })
    // The binding of an array type is that of its elements; the array's own is the input's.
    return found && (isMap(inputBinding) ? { ...found, itemBinding: inputBinding } : found)
  }
  const inner = kind === 'record' ? undefined : readCwlType(kind, depth + 1)
  return inner && { ...inner, ...binding }
}

/** One of several: one or several of a type are a list of it, and what may be text is text. */
function union(types: readonly (CwlType | undefined)[]): CwlType | undefined {
  const known = types.filter(one => one !== undefined)
  const [first] = known
  if (first === undefined || known.length < types.length) return undefined
  if (known.every(one => one.base === first.base))
    return { ...first, array: known.some(one => one.array), optional: known.some(one => one.optional) }
  const isText = known.every(
    one => !one.array && ['string', 'int', 'long', 'float', 'double', 'enum'].includes(one.base),
  )
  return isText && known.some(one => one.base === 'string')
    ? { base: 'string', optional: false, array: false }
    : undefined
}

const optional = (type: CwlType | undefined): CwlType | undefined => type && { ...type, optional: true }
function listOf(type: CwlType | undefined): CwlType | undefined {
  if (type === undefined || type.array) return undefined
  const { binding, ...rest } = type
  return { ...rest, array: true, ...(binding === undefined ? {} : { itemBinding: binding }) }
}
