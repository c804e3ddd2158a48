import type { FileValue, Value, Values } from './model.ts'

// How the inputs of a run lie in the store: plain JSON, 64-bit integers exact, files as names in the instance's spool.

type StoredFile = {
  readonly file: { readonly spool: string; readonly size: number } | { readonly upload: string }
  readonly name?: string
}
/** All inputs of one run, by name. */
export type StoredInputs = Readonly<Record<string, StoredValue | readonly StoredValue[]>>
type StoredValue = string | number | boolean | { readonly integer: string } | StoredFile

/** Where a file of the inputs was put. */
export type Placement = { readonly spool: string; readonly size: number } | { readonly upload: string }

/** Values to JSON. `place` says where the file of an input lies. */
export function storeValues(values: Values, place: (input: string, index: number) => Placement): string {
  const stored: Record<string, StoredValue | StoredValue[]> = {}
  for (const [input, value] of Object.entries(values)) {
    stored[input] = Array.isArray(value)
      ? value.map((one: Value, index) => storeValue(one, () => place(input, index)))
      : storeValue(value as Value, () => place(input, 0))
  }
  return JSON.stringify(stored)
}

function storeValue(value: Value, place: () => Placement): StoredValue {
  if (typeof value === 'bigint') return { integer: value.toString() }
  if (typeof value !== 'object') return value
  return value.name === undefined ? { file: place() } : { file: place(), name: value.name }
}

/**
 * The inverse. `spoolPath` makes a spool name absolute; `received` says where in the spool an upload lies, undefined for
 * one that has not come yet.
 */
export function restoreValues(
  json: string,
  spoolPath: (name: string) => string,
  received: (upload: string) => { readonly spool: string; readonly size: number } | undefined,
): Values {
  const stored = JSON.parse(json) as Record<string, StoredValue | StoredValue[]>
  const restore = (value: StoredValue): Value => {
    if (typeof value !== 'object') return value
    if ('integer' in value) return BigInt(value.integer)
    const { file, name } = value
    const place = 'spool' in file ? file : received(file.upload)
    if (place === undefined) return { file: { kind: 'upload' }, name } satisfies FileValue
    return { file: { kind: 'spooled', path: spoolPath(place.spool), size: place.size }, name } satisfies FileValue
  }
  return Object.fromEntries(
    Object.entries(stored).map(([input, value]) => [input, Array.isArray(value) ? value.map(restore) : restore(value)]),
  )
}

/** How an upload of the n-th file of an input is called in addresses: `a`, or `images-2` for lists (counted from 1). */
export const uploadName = (input: string, index: number, list: boolean): string =>
  list ? `${input}-${index + 1}` : input
