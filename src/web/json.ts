/** JSON of a value of a contract: dates in ISO form, 64-bit integers as numbers where exact and as text beyond, bytes in base64. */
export const jsonOf = (value: unknown, indent = 2): string => JSON.stringify(plain(value), undefined, indent)

function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString()
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value === 'object' && value !== null && !(value instanceof Date)) {
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, plain(one)]))
  }
  return value
}
