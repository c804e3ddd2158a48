import { ProtocolError } from './protocol-error.ts'

/**
 * Blocks of MODE E (GFD.20 section 3.4): a descriptor, a count and an offset of 64 bits each, big-endian, and so many bytes.
 */
export interface BlockHeader {
  readonly descriptor: number
  readonly count: number
  /** Where its bytes belong; with EOF, how many ends of data there will be. */
  readonly offset: number
}

export const blockHeaderBytes = 17

/** Flags of a descriptor (section 3.4.1); 128 (end of record) and 16 (restart marker in the data) are of another age, and refused. */
export const endOfFile = 64
const suspectErrors = 32
export const endOfData = 8
export const senderCloses = 4

const known = endOfFile | suspectErrors | endOfData | senderCloses

/** Writes a header to the beginning of a buffer, or into a new one. */
export function writeBlockHeader({ descriptor, count, offset }: BlockHeader, into?: Buffer): Buffer {
  const header = into ?? Buffer.allocUnsafe(blockHeaderBytes)
  header.writeUInt8(descriptor, 0)
  header.writeBigUInt64BE(BigInt(count), 1)
  header.writeBigUInt64BE(BigInt(offset), 9)
  return header
}

/**
 * Reads a header at `at`; undefined when not all of it is there yet. Throws ProtocolError when it makes no sense: a flag that is
 * not known must be refused (section 3.4.1).
 */
export function readBlockHeader(bytes: Buffer, at = 0): BlockHeader | undefined {
  if (bytes.length - at < blockHeaderBytes) return undefined
  const descriptor = bytes.readUInt8(at)
  const count = bytes.readBigUInt64BE(at + 1)
  const offset = bytes.readBigUInt64BE(at + 9)
  if ((descriptor & ~known) !== 0) throw new ProtocolError(`A block of MODE E has the descriptor ${descriptor}.`)
  if ((descriptor & suspectErrors) !== 0) throw new ProtocolError('The sender suspects errors in a block.')
  const end = descriptor & endOfFile ? offset : offset + count
  if (count > BigInt(Number.MAX_SAFE_INTEGER) || end > BigInt(Number.MAX_SAFE_INTEGER))
    throw new ProtocolError(`A block of ${count} bytes at ${offset} lies outside any file.`)
  if ((descriptor & endOfFile) !== 0 && count > 0n) throw new ProtocolError('The block that ends the file has bytes.')
  return { descriptor, count: Number(count), offset: Number(offset) }
}
