/** Which bytes of a file are asked for. `end` is the last byte, inclusive, as in Content-Range. */
export type ByteRange = 'whole' | 'unsatisfiable' | { readonly start: number; readonly end: number }

/** More than any sensible header of one range; what is longer is not looked at. */
const mostCharacters = 100

/**
 * A Range header (RFC 9110 section 14.2) for a file of `size` bytes. One range of bytes is understood. A header that is
 * absent, malformed, in another unit or of several ranges asks for the whole file: a server may ignore it (14.2).
 */
export function parseByteRange(header: string | undefined, size: number): ByteRange {
  if (header === undefined || header.length > mostCharacters) return 'whole'
  const match = /^bytes=[ \t]*(\d*)-(\d*)[ \t]*$/i.exec(header)
  const [, first = '', last = ''] = match ?? []
  if (match === null || (first === '' && last === '')) return 'whole'
  if (first === '') {
    // suffix-range: satisfiable when it is not of no bytes (14.1.2); of an empty file it is that file.
    const length = Math.min(Number(last), size)
    if (Number(last) === 0) return 'unsatisfiable'
    return size === 0 ? 'whole' : { start: size - length, end: size - 1 }
  }
  const start = Number(first)
  // int-range: invalid when the last position is before the first (14.1.1).
  if (last !== '' && BigInt(last) < BigInt(first)) return 'whole'
  if (start >= size) return 'unsatisfiable'
  return { start, end: last === '' ? size - 1 : Math.min(Number(last), size - 1) }
}
