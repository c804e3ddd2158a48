import { constants } from 'node:fs'
import { chmod, chown, type FileHandle, open } from 'node:fs/promises'
import { atBytes, entriesOf, itself, openDirectory } from '../../files/directory-handle.ts'

const O_PATH = 0o10000000
/** Deeper trees are left as they are: each level holds a handle. */
const deepest = 256

export interface Owner {
  readonly uid: number
  readonly gid: number
}

/**
 * Changes the owner of a directory and of all in it, of what belongs to `from`. Each is opened first and changed by what is
 * open, so that nothing that is put in its place meanwhile is meant. Left alone are files that have another name
 * somewhere (they may be people's own), links, fifos and sockets. With `strays`, directories of others change owner,
 * too: whoever was let in by an access list may have made some, and nobody could remove them. Directories become
 * searchable, and files readable, for their new owner.
 */
export async function changeOwner(
  directory: FileHandle,
  from: number,
  to: Owner,
  { strays = false }: { readonly strays?: boolean } = {},
  depth = 0,
): Promise<void> {
  const { uid, mode } = await directory.stat()
  if (uid === from || (strays && uid !== 0 && uid !== to.uid)) {
    await chown(itself(directory), to.uid, to.gid)
    if ((mode & 0o700) !== 0o700) await chmod(itself(directory), (mode & 0o7777) | 0o700)
  }
  if (depth >= deepest) return
  for await (const { name, kind } of entriesOf(directory)) {
    const path = atBytes(directory, name)
    try {
      if (kind === 'directory') {
        await using inner = await openDirectory(path)
        await changeOwner(inner, from, to, { strays }, depth + 1)
      } else if (kind === 'file') await changeFile(path, from, to)
    } catch (error) {
      if (!isGone(error)) throw error
    }
  }
}

/** One file, of one name. */
export async function changeFile(path: string | Buffer, from: number, to: Owner): Promise<void> {
  await using file = await open(path, O_PATH | constants.O_NOFOLLOW)
  const stat = await file.stat()
  if (!stat.isFile() || stat.uid !== from || stat.nlink !== 1) return
  await chown(itself(file), to.uid, to.gid)
  if ((stat.mode & 0o400) === 0) await chmod(itself(file), (stat.mode & 0o777) | 0o400)
}

/** Removed, or something else by now: whoever did it is not helped by it. */
const isGone = (error: unknown): boolean =>
  ['ENOENT', 'ENOTDIR', 'ELOOP'].includes(String((error as NodeJS.ErrnoException).code))
