/**
 * Tape archives of regular files (POSIX.1-2017, pax, "ustar Interchange Format"), as every tar reads and writes them. Our
 * own, though libraries are many: those keep what a header announces in memory, however much that is, and follow
 * extensions, links and modes that an archive of state has no use for. What is not a plain file is refused here.
 */
export interface Member {
  readonly name: string
  /** Bytes. */
  readonly size: number
}

export const blockBytes = 512
/** An archive ends with two blocks of zeros. */
export const endOfArchive: Uint8Array = Buffer.alloc(2 * blockBytes)

/** The zeros after a member's bytes, up to a whole block. */
export const paddingOf = (size: number): number => (blockBytes - (size % blockBytes)) % blockBytes

const longestName = 100
const longestPrefix = 155
/** What eleven octal digits say. */
const mostOctal = 0o77777777777

/** The header of a member. Throws RangeError for a name that has no place in it (more than 255 bytes, or 100 in its last part). */
export function headerOf({ name, size }: Member, modified = 0): Uint8Array {
  const block = Buffer.alloc(blockBytes)
  const parts = splitName(name)
  block.write(parts.name, 0, 'utf8')
  block.write(octal(0o640, 7), 100, 'latin1')
  block.write(octal(0, 7), 108, 'latin1')
  block.write(octal(0, 7), 116, 'latin1')
  if (size <= mostOctal) block.write(octal(size, 11), 124, 'latin1')
  else {
    // GNU tar's way for more than 8 GiB, which all take: the first bit set, then the number.
    block[124] = 0x80
    block.writeBigUInt64BE(BigInt(size), 128)
  }
  block.write(octal(Math.max(0, Math.min(modified, mostOctal)), 11), 136, 'latin1')
  block.write('0', 156, 'latin1')
  block.write('ustar\u000000', 257, 'latin1')
  block.write(parts.prefix, 345, 'utf8')
  block.write(`${octal(checksumOf(block), 6)}\0 `, 148, 'latin1')
  return block
}

/** A header read: a plain file, the end of the archive, or what is wrong with it, in words. Pure. */
export function parseHeader(block: Uint8Array): Member | 'end' | { readonly problem: string } {
  const bytes = Buffer.from(block.buffer, block.byteOffset, block.byteLength)
  if (bytes.length < blockBytes) return { problem: 'it is cut off' }
  if (bytes.every(byte => byte === 0)) return 'end'
  if (!/^ustar(\u000000| {2}\0)/.test(bytes.toString('latin1', 257, 265))) return { problem: 'it is no tape archive' }
  if (readOctal(bytes, 148, 8) !== checksumOf(bytes)) return { problem: 'a header of it is damaged' }
  const type = String.fromCharCode(bytes[156] ?? 0)
  if (type !== '0' && type !== '\0') return { problem: 'it holds something else than plain files' }
  const size = readSize(bytes)
  const name = text(bytes, 0, longestName)
  const prefix = text(bytes, 345, longestPrefix)
  if (size === undefined || name === undefined || prefix === undefined) return { problem: 'a header of it is damaged' }
  return { name: prefix === '' ? name : `${prefix}/${name}`, size }
}

/** The sum of all bytes of a header, its own field counted as blanks. */
function checksumOf(block: Uint8Array): number {
  let sum = 8 * 0x20
  for (const [i, byte] of block.subarray(0, blockBytes).entries()) if (i < 148 || i >= 156) sum += byte
  return sum
}

const octal = (value: number, digits: number): string => value.toString(8).padStart(digits, '0')

function splitName(name: string): { readonly name: string; readonly prefix: string } {
  if (Buffer.byteLength(name) <= longestName) return { name, prefix: '' }
  for (let slash = name.indexOf('/'); slash > 0; slash = name.indexOf('/', slash + 1)) {
    const parts = { prefix: name.slice(0, slash), name: name.slice(slash + 1) }
    const fits = Buffer.byteLength(parts.name) <= longestName && parts.name !== ''
    if (fits && Buffer.byteLength(parts.prefix) <= longestPrefix) return parts
  }
  throw new RangeError(`The name ${JSON.stringify(name)} is too long for an archive.`)
}

function readOctal(bytes: Buffer, at: number, length: number): number | undefined {
  const field = bytes.toString('latin1', at, at + length)
  const match = /^ *([0-7]+)[ \0]*$/.exec(field)
  return match?.[1] === undefined ? undefined : Number.parseInt(match[1], 8)
}

function readSize(bytes: Buffer): number | undefined {
  if (bytes[124] !== 0x80) return readOctal(bytes, 124, 12)
  const size = Number(bytes.readBigUInt64BE(128))
  return bytes.readUInt32BE(124) === 0x80000000 && Number.isSafeInteger(size) ? size : undefined
}

/** Up to the first NUL; undefined when it is no UTF-8. */
function text(bytes: Buffer, at: number, length: number): string | undefined {
  const field = bytes.subarray(at, at + length)
  const end = field.indexOf(0)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(end < 0 ? field : field.subarray(0, end))
  } catch {
    return undefined
  }
}
