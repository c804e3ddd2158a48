import { open } from 'node:fs/promises'

/** Writes a new file of the container's own and returns when its bytes are on disk. The name must be free. */
export async function writeDurably(path: string, bytes: Uint8Array, mode = 0o640): Promise<void> {
  await using handle = await open(path, 'wx', mode)
  await handle.writeFile(bytes)
  await handle.datasync()
}
