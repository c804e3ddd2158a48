import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { GridwrapError } from '../core/errors.ts'
import { openForReading } from './confined.ts'
import type { SpoolFile } from './spool.ts'
import { blockBytes, endOfArchive, headerOf, type Member, paddingOf, parseHeader } from './ustar.ts'

/** A member of an archive, and where its bytes begin. */
export interface StoredMember extends Member {
  readonly offset: number
}

const mostMembers = 20_000
const chunkBytes = 256 * 1024

/** The members of an archive, one by one. Throws GridwrapError (`invalid-input`) when it is none, or is cut off. */
export async function* membersOf(archive: FileHandle): AsyncGenerator<StoredMember, void, undefined> {
  const { size: total } = await archive.stat()
  const block = Buffer.alloc(blockBytes)
  let position = 0
  for (let count = 0; ; count++) {
    const { bytesRead } = await archive.read(block, 0, blockBytes, position)
    const member = parseHeader(block.subarray(0, bytesRead))
    if (member === 'end') return
    if ('problem' in member) throw broken(member.problem)
    if (count >= mostMembers) throw broken(`it holds more than ${mostMembers} files`)
    const offset = position + blockBytes
    position = offset + member.size + paddingOf(member.size)
    if (!(position <= total)) throw broken('it is cut off')
    yield { ...member, offset }
  }
}

/** The bytes of one member, which must be few. Throws GridwrapError (`invalid-input`) when there are more than `most`. */
export async function readMember(archive: FileHandle, member: StoredMember, most: number): Promise<Buffer> {
  if (member.size > most) throw broken(`${JSON.stringify(member.name)} in it has more than ${most} bytes`)
  const bytes = Buffer.alloc(member.size)
  await archive.read(bytes, 0, bytes.length, member.offset)
  return bytes
}

/** Writes the bytes of a member where they belong. Returns their SHA-256 (lower-case hexadecimal). */
export async function copyMember(
  archive: FileHandle,
  { offset, size }: StoredMember,
  target: FileHandle,
): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of bytesOf(archive, offset, size)) {
    hash.update(chunk)
    await target.writeFile(chunk)
  }
  return hash.digest('hex')
}

/** Adds a member whose bytes are at hand. */
export async function addBytes(archive: SpoolFile, name: string, bytes: Uint8Array): Promise<void> {
  await archive.write(headerOf({ name, size: bytes.length }))
  await archive.write(bytes)
  await archive.write(Buffer.alloc(paddingOf(bytes.length)))
}

/**
 * Adds a file below `root` under a name of its own, as it was when its size and checksum were taken. False when it is
 * not that any more: then the archive is of no use.
 */
export async function addFile(
  archive: SpoolFile,
  root: string,
  file: { readonly name: string; readonly size: number; readonly sha256: string },
  name: string,
): Promise<boolean> {
  const { handle, stat } = await openForReading(root, file.name)
  await using source = handle
  if (stat.size !== file.size) return false
  await archive.write(headerOf({ name, size: file.size }, Math.floor(stat.mtimeMs / 1000)))
  const hash = createHash('sha256')
  let done = 0
  for await (const chunk of bytesOf(source, 0, file.size)) {
    hash.update(chunk)
    done += chunk.length
    await archive.write(chunk)
  }
  await archive.write(Buffer.alloc(paddingOf(file.size)))
  return done === file.size && hash.digest('hex') === file.sha256
}

export const closeArchive = (archive: SpoolFile): Promise<void> => archive.write(endOfArchive)

/** A chunk at a time; fewer when the file ends before. What is yielded is overwritten by the next. */
async function* bytesOf(file: FileHandle, from: number, size: number): AsyncGenerator<Buffer, void, undefined> {
  const buffer = Buffer.allocUnsafe(Math.max(1, Math.min(chunkBytes, size)))
  for (let done = 0; done < size; ) {
    const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, size - done), from + done)
    if (bytesRead === 0) return
    done += bytesRead
    yield buffer.subarray(0, bytesRead)
  }
}

const broken = (problem: string): GridwrapError => {
  const rule = `is no checkpoint that can be read: ${problem}`
  return new GridwrapError('invalid-input', `The archive ${rule}.`, {
    hint: 'Give the file that a checkpoint of this service was downloaded as, whole.',
    detail: { problem: [{ input: 'checkpoint', rule }] },
  })
}
