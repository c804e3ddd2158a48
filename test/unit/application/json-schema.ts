/** As much of JSON Schema (draft 2020-12) as the published schema uses; an unknown keyword is an error, not a silent yes. */
export type Schema = Readonly<Record<string, unknown>>

const annotations = new Set(['$schema', '$id', '$defs', 'title', 'description'])

type Rule = (value: unknown, rule: unknown) => boolean

/** The keywords that look at one value and at nothing below it. */
const plain: Readonly<Record<string, Rule>> = {
  type: (value, rule) => [rule].flat().some(type => isOf(String(type), value)),
  const: (value, rule) => value === rule,
  enum: (value, rule) => (rule as unknown[]).includes(value),
  pattern: (value, rule) => typeof value !== 'string' || new RegExp(String(rule), 'u').test(value),
  minLength: (value, rule) => typeof value !== 'string' || value.length >= Number(rule),
  maxLength: (value, rule) => typeof value !== 'string' || value.length <= Number(rule),
  minimum: (value, rule) => typeof value !== 'number' || value >= Number(rule),
  maximum: (value, rule) => typeof value !== 'number' || value <= Number(rule),
  minItems: (value, rule) => !Array.isArray(value) || value.length >= Number(rule),
  maxItems: (value, rule) => !Array.isArray(value) || value.length <= Number(rule),
  minProperties: (value, rule) => !isObject(value) || Object.keys(value).length >= Number(rule),
  maxProperties: (value, rule) => !isObject(value) || Object.keys(value).length <= Number(rule),
  required: (value, rule) => !isObject(value) || (rule as string[]).every(key => Object.hasOwn(value, key)),
}

/** What does not fit, as `path: keyword`; empty when the value is valid. */
export function violations(root: Schema, value: unknown, schema: Schema = root, path = ''): string[] {
  return Object.entries(schema).flatMap(([keyword, rule]) => {
    if (annotations.has(keyword)) return []
    const simple = plain[keyword]
    if (simple !== undefined) return simple(value, rule) ? [] : [`${path}: ${keyword}`]
    return applied(root, value, schema, keyword, rule, path)
  })
}

function applied(root: Schema, value: unknown, schema: Schema, keyword: string, rule: unknown, path: string): string[] {
  const below = (given: unknown, sub: unknown, name: string): string[] =>
    violations(root, given, sub as Schema, `${path}/${name}`)
  switch (keyword) {
    case '$ref':
      return violations(root, value, resolve(root, String(rule)), path)
    case 'oneOf': {
      const fits = (rule as Schema[]).filter(one => violations(root, value, one, path).length === 0)
      return fits.length === 1 ? [] : [`${path}: oneOf (${fits.length} fit)`]
    }
    case 'items':
      return Array.isArray(value) ? value.flatMap((item, i) => below(item, rule, String(i))) : []
    case 'propertyNames':
      return isObject(value) ? Object.keys(value).flatMap(key => below(key, rule, key)) : []
    case 'properties':
      return isObject(value)
        ? Object.entries(rule as Schema).flatMap(([key, sub]) =>
            Object.hasOwn(value, key) ? below(value[key], sub, key) : [],
          )
        : []
    case 'additionalProperties': {
      if (!isObject(value)) return []
      const known = Object.keys((schema['properties'] ?? {}) as Schema)
      return Object.keys(value)
        .filter(key => !known.includes(key))
        .flatMap(key => (rule === false ? [`${path}: no property ${key}`] : below(value[key], rule, key)))
    }
    default:
      throw new Error(`The evaluator does not know the keyword ${keyword}.`)
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function isOf(type: string, value: unknown): boolean {
  if (type === 'object') return isObject(value)
  if (type === 'array') return Array.isArray(value)
  if (type === 'integer') return Number.isInteger(value)
  return typeof value === type
}

function resolve(root: Schema, ref: string): Schema {
  const target = ref
    .replace(/^#\//, '')
    .split('/')
    .reduce<unknown>((at, key) => (isObject(at) ? at[key] : undefined), root)
  if (!isObject(target)) throw new Error(`${ref} leads nowhere.`)
  return target
}
