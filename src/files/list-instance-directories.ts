import { opendir, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** Every directory that lies where an instance's would, with the time of its last change in milliseconds. */
export async function* listInstanceDirectories(
  base: string,
): AsyncGenerator<{ readonly id: string; readonly changed: number }> {
  for (const shelf of await names(base)) {
    if (shelf.length !== 2) continue
    for (const id of await names(join(base, shelf))) {
      const found = await stat(join(base, shelf, id)).catch(() => undefined)
      if (found !== undefined) yield { id, changed: found.mtimeMs }
    }
  }
}

async function names(directory: string): Promise<string[]> {
  const found: string[] = []
  try {
    for await (const { name } of await opendir(directory)) found.push(name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  return found
}
