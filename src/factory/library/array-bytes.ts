import { type CType, cTypes } from '../../application/library/routine.ts'
import type { Value } from '../../application/model.ts'

/** How the machines that Node runs on have numbers: little end first. */
const arrays = {
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  float: Float32Array,
  double: Float64Array,
} as const satisfies Partial<Record<CType, unknown>>

/** Numbers as the bytes of an array. */
export function toBytes(values: readonly Value[], type: CType): Uint8Array {
  const numbers =
    type === 'int64'
      ? BigInt64Array.from(values, value => BigInt(String(value)))
      : arrays[type].from(values.map(value => Number(value)))
  return new Uint8Array(numbers.buffer)
}

/** The bytes of an array as numbers; integers as bigint, because all of 64 bits count. */
export function fromBytes(bytes: Uint8Array, type: CType): readonly (number | bigint)[] {
  // Copied, because it need not lie where such numbers may.
  const { buffer } = Uint8Array.from(bytes)
  if (type === 'int64') return [...new BigInt64Array(buffer)]
  const numbers: Iterable<number> = new arrays[type](buffer)
  return cTypes[type].kind === 'integer' ? Array.from(numbers, value => BigInt(value)) : [...numbers]
}

/**
 * The same array with the other index running fastest: from the callers' order (the last index) to a library's (the first),
 * or, with the extents the other way round, back.
 */
export function reordered(bytes: Uint8Array, width: number, extents: readonly number[]): Uint8Array {
  if (extents.length < 2) return bytes
  const to = new Uint8Array(bytes.length)
  const total = bytes.length / width
  const index = extents.map(() => 0)
  // Strides in the first-fastest order of the result.
  const strides = extents.map((_, k) => extents.slice(0, k).reduce((product, extent) => product * extent, 1))
  for (let from = 0; from < total; from++) {
    const place = index.reduce((sum, at, k) => sum + at * (strides[k] ?? 0), 0)
    for (let byte = 0; byte < width; byte++) to[place * width + byte] = bytes[from * width + byte] ?? 0
    for (let k = extents.length - 1; k >= 0; k--) {
      const next = (index[k] ?? 0) + 1
      index[k] = next < (extents[k] ?? 0) ? next : 0
      if (index[k] !== 0) break
    }
  }
  return to
}
