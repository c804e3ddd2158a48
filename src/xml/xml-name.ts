/** A qualified name as written, taken apart at its colon. */
export interface XmlName {
  readonly raw: string
  readonly prefix: string
  readonly local: string
  /** Whether an attribute of this name declares a namespace: `xmlns` or `xmlns:…`. */
  readonly declares: boolean
}

/**
 * Names that were met lately, of any document: the same few come again and again, and one string for each makes
 * comparing them cheap. Bounded by its slots, and holds no piece of a document alive.
 */
const slots: (XmlName | undefined)[] = new Array<undefined>(1024).fill(undefined)
const longestRemembered = 64
/** The engine makes shorter slices by copying; longer ones point into the whole text. */
const shortestPointing = 13

/** The name between two offsets of a text. `colon` is its offset or -1; `hash` any number made from its characters. */
export function nameAt(text: string, from: number, to: number, colon: number, hash: number): XmlName {
  const slot = hash & 1023
  const known = slots[slot]
  if (known !== undefined && to - from === known.raw.length && standsAt(known.raw, text, from)) return known
  const name = takenApart(text.slice(from, to), colon - from)
  if (to - from <= longestRemembered) slots[slot] = name
  return name
}

/** Whether a name stands in a text at an offset. Faster than `startsWith` for what is as short as names are. */
export function standsAt(name: string, text: string, at: number): boolean {
  if (at + name.length > text.length) return false
  for (let i = 0; i < name.length; i++) if (name.charCodeAt(i) !== text.charCodeAt(at + i)) return false
  return true
}

function takenApart(slice: string, colon: number): XmlName {
  const copies = slice.length >= shortestPointing && slice.length <= longestRemembered
  const raw = copies ? Buffer.from(slice).toString() : slice
  const prefix = colon < 0 ? '' : raw.slice(0, colon)
  const local = colon < 0 ? raw : raw.slice(colon + 1)
  return { raw, prefix, local, declares: raw === 'xmlns' || prefix === 'xmlns' }
}
