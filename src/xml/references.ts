import { codePointName, isXmlCharacter } from './xml-characters.ts'

/** Throws; the offset is in the text being read. */
export type Fail = (offset: number, sentence: string) => never

/**
 * Replaces the character references and the five predefined entity references of a text (XML 1.0, section 4.1).
 * `base` is the offset of the text, for `fail`.
 */
export function expandReferences(text: string, base: number, fail: Fail): string {
  let expanded = ''
  let from = 0
  for (let at = text.indexOf('&'); at >= 0; at = text.indexOf('&', from)) {
    const end = text.indexOf(';', at)
    if (end < 0) return fail(base + at, 'An ampersand that begins no reference must be written &amp;')
    expanded += text.slice(from, at) + character(text.slice(at + 1, end), base + at, fail)
    from = end + 1
  }
  return expanded + text.slice(from)
}

function character(name: string, at: number, fail: Fail): string {
  switch (name) {
    case 'amp':
      return '&'
    case 'lt':
      return '<'
    case 'gt':
      return '>'
    case 'quot':
      return '"'
    case 'apos':
      return "'"
    default:
      return name.startsWith('#') ? numbered(name, at, fail) : unknown(name, at, fail)
  }
}

function numbered(name: string, at: number, fail: Fail): string {
  const digits = /^#(?:x0*([0-9A-Fa-f]{1,6})|0*([0-9]{1,7}))$/.exec(name)
  if (digits === null) return fail(at, 'A character reference is &#DIGITS; or &#xHEX; and of a known character')
  const code = digits[1] === undefined ? Number(digits[2]) : Number.parseInt(digits[1], 16)
  if (!isXmlCharacter(code)) return fail(at, `${codePointName(code)} is not a character that XML allows`)
  return String.fromCodePoint(code)
}

function unknown(name: string, at: number, fail: Fail): never {
  const known = /^[^\s&<]{1,40}$/.exec(name)
  if (known === null) return fail(at, 'An ampersand that begins no reference must be written &amp;')
  return fail(at, `The entity &${name}; is not defined: only lt, gt, amp, apos and quot are`)
}
