import { constants, type Stats } from 'node:fs'
import { type FileHandle, open, opendir } from 'node:fs/promises'

/** open(2): names a file without opening it. The number is that of every Linux that Node runs on; Node does not export it. */
const O_PATH = 0o10000000
const { O_DIRECTORY, O_NOFOLLOW, O_RDONLY } = constants

/**
 * The path of a name inside an open directory. The kernel resolves `/proc/self/fd/N` to the very directory that is
 * open, wherever it was moved and whatever has taken its place: openat(2) without a binding for it.
 */
export const at = (directory: FileHandle, name: string): string => `/proc/self/fd/${directory.fd}/${name}`

/** The same for a name in bytes, as a directory gives it: it need not be UTF-8. */
export const atBytes = (directory: FileHandle, name: Buffer): Buffer =>
  Buffer.concat([Buffer.from(`/proc/self/fd/${directory.fd}/`), name])

/** The path of what is open itself. */
export const itself = (handle: FileHandle): string => `/proc/self/fd/${handle.fd}`

/** Opens a directory for walking on; needs no permission to read it. ENOTDIR for everything else, links included. */
export const openDirectory = (path: string | Buffer): Promise<FileHandle> =>
  open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW)

/**
 * Opens a regular file, for reading unless `flags` says otherwise; undefined when it is something else. It is looked at before it is opened: no fifo
 * waits or gets a reader, no device is woken, and a link is only a link.
 */
export async function openRegular(
  path: string | Buffer,
  flags = O_RDONLY,
): Promise<{ readonly handle: FileHandle; readonly stat: Stats } | undefined> {
  await using found = await open(path, O_PATH | O_NOFOLLOW)
  const stat = await found.stat()
  return stat.isFile() ? { handle: await open(itself(found), flags), stat } : undefined
}

/** What lies in a directory: a name in bytes, and what it was when the directory was read. */
export interface Listed {
  readonly name: Buffer
  readonly kind: 'file' | 'directory' | 'other'
}

/** What lies in a directory, streamed. What appears meanwhile may be missed. */
export async function* entriesOf(directory: FileHandle): AsyncGenerator<Listed, void, undefined> {
  // Node takes 'buffer' here as readdir does; its types do not say so.
  const options = { encoding: 'buffer' as BufferEncoding, bufferSize: 256 }
  for await (const entry of await opendir(itself(directory), options)) {
    const kind = entry.isFile() ? 'file' : entry.isDirectory() ? 'directory' : 'other'
    yield { name: entry.name as unknown as Buffer, kind }
  }
}
