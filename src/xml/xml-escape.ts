// Looking first is cheap, and most text needs nothing.
const inText = /[&<>\r\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]/
const inAttribute = /[&<>"\t\n\r\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]/

/**
 * Character data that reads back as the same text. What XML cannot hold (control characters, lone surrogates, U+FFFE,
 * U+FFFF) becomes U+FFFD, because the output of a program may hold anything and an answer must stay well-formed: what
 * must arrive byte by byte is sent as base64.
 */
export function escapeText(text: string): string {
  const first = text.search(inText)
  return first < 0 ? text : escaped(text, first, false)
}

/** The same for an attribute value between double quotes; white space in it survives attribute value normalisation. */
export function escapeAttribute(text: string): string {
  const first = text.search(inAttribute)
  return first < 0 ? text : escaped(text, first, true)
}

function escaped(text: string, first: number, inValue: boolean): string {
  let out = ''
  let from = 0
  for (let at = first; at < text.length; at++) {
    const replacement = replacementAt(text, at, inValue)
    if (replacement === undefined) continue
    out += text.slice(from, at) + replacement
    from = at + 1
  }
  return out + text.slice(from)
}

function replacementAt(text: string, at: number, inValue: boolean): string | undefined {
  const c = text.charCodeAt(at)
  switch (c) {
    case 0x26:
      return '&amp;'
    case 0x3c:
      return '&lt;'
    case 0x3e:
      return '&gt;'
    case 0x0d:
      return '&#13;'
    case 0x22:
      return inValue ? '&quot;' : undefined
    case 0x09:
      return inValue ? '&#9;' : undefined
    case 0x0a:
      return inValue ? '&#10;' : undefined
    default:
      return c < 0x20 || (c >= 0xd800 && (c >= 0xfffe || isLoneSurrogate(text, at, c))) ? '\ufffd' : undefined
  }
}

function isLoneSurrogate(text: string, at: number, c: number): boolean {
  if (c >= 0xe000) return false
  const other = c < 0xdc00 ? text.charCodeAt(at + 1) : text.charCodeAt(at - 1)
  return c < 0xdc00 ? !(other >= 0xdc00 && other <= 0xdfff) : !(other >= 0xd800 && other <= 0xdbff)
}
