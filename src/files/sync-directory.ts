import { open } from 'node:fs/promises'

/** Returns when the names in a directory of the container's own are on disk. */
export async function syncDirectory(path: string): Promise<void> {
  await using directory = await open(path, 'r')
  await directory.sync()
}
