import { open, rename, rm } from 'node:fs/promises'
import { newId } from '../core/ids.ts'

/** Puts a secret in place in one step: at no moment can others read it, or find half of it. */
export async function writePrivately(file: string, text: string | Uint8Array): Promise<void> {
  const making = `${file}.${newId()}`
  try {
    await using handle = await open(making, 'wx', 0o600)
    await handle.writeFile(text)
    await handle.sync()
    await rename(making, file)
  } catch (error) {
    await rm(making, { force: true })
    // The name of the making of it says nothing to anybody.
    if (error instanceof Error && 'path' in error) error.path = file
    throw error
  }
}
