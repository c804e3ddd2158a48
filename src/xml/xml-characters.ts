/** The namespace to which the prefix `xml` is bound always (Namespaces in XML 1.0, section 3). */
export const xmlNamespace = 'http://www.w3.org/XML/1998/namespace'
export const xmlnsNamespace = 'http://www.w3.org/2000/xmlns/'

const start = 1
const part = 2

/** What an ASCII character may do in an NCName: 1 begin it or go on, 2 only go on, 0 neither. */
export const asciiNameUnits = new Uint8Array(128)
for (let c = 0; c < 128; c++) {
  const text = String.fromCharCode(c)
  if (/[A-Za-z_]/.test(text)) asciiNameUnits[c] = start
  else if (/[-.0-9]/.test(text)) asciiNameUnits[c] = part
}

const within = (ranges: readonly (readonly [number, number])[], c: number): boolean =>
  ranges.some(([from, to]) => c >= from && c <= to)

// XML 1.0 fifth edition, productions [4] and [4a], the part in the basic plane beyond ASCII.
const startRanges = [
  [0xc0, 0xd6],
  [0xd8, 0xf6],
  [0xf8, 0x2ff],
  [0x370, 0x37d],
  [0x37f, 0x1fff],
  [0x200c, 0x200d],
  [0x2070, 0x218f],
  [0x2c00, 0x2fef],
  [0x3001, 0xd7ff],
  [0xf900, 0xfdcf],
  [0xfdf0, 0xfffd],
] as const
const partRanges = [
  [0xb7, 0xb7],
  [0x300, 0x36f],
  [0x203f, 0x2040],
] as const

/**
 * How many UTF-16 units of an NCName stand at a position (0: none). `begin` asks for a character that may begin one.
 * The text has no lone surrogates.
 */
export function nameUnits(text: string, at: number, begin: boolean): 0 | 1 | 2 {
  const c = text.charCodeAt(at)
  if (c < 128) return asciiNameUnits[c] === start || (!begin && asciiNameUnits[c] === part) ? 1 : 0
  // [#x10000-#xEFFFF]: the high surrogates D800 to DB7F with any low one.
  if (c >= 0xd800 && c <= 0xdb7f) return 2
  return within(startRanges, c) || (!begin && within(partRanges, c)) ? 1 : 0
}

/** Whether a text is an NCName (Namespaces in XML 1.0, production [4]). */
export function isNcName(text: string): boolean {
  if (text === '' || forbiddenAt(text) >= 0) return false
  for (let at = 0; at < text.length; ) {
    const units = nameUnits(text, at, at === 0)
    if (units === 0) return false
    at += units
  }
  return true
}

/** Whether a code point may stand in a document at all (XML 1.0, production [2]). */
export const isXmlCharacter = (c: number): boolean =>
  (c >= 0x20 && c <= 0xd7ff) ||
  c === 0x9 ||
  c === 0xa ||
  c === 0xd ||
  (c >= 0xe000 && c <= 0xfffd) ||
  (c >= 0x10000 && c <= 0x10ffff)

// The first looks at units and is fast; the second tells surrogate pairs, which are fine, from lone ones.
const suspicious = /[\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]/
const forbiddenOrLone = /[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u

/** Where the first unit stands that XML does not allow (a lone surrogate among them), or -1. */
export const forbiddenAt = (text: string): number => (suspicious.test(text) ? text.search(forbiddenOrLone) : -1)

/** `U+000B` */
export const codePointName = (c: number): string => `U+${c.toString(16).toUpperCase().padStart(4, '0')}`
