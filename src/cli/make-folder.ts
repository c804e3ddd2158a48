import { mkdir, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { UsageError } from './terminal.ts'

/**
 * Makes a folder and those above it, as far as they are not there. Step by step: Node's own recursive mkdir never ends
 * where the system says ENOENT below a folder that is there (/proc). Throws UsageError with the folder that resists.
 */
export async function makeFolder(path: string, mode?: number): Promise<void> {
  const folder = resolve(path)
  const found = await stat(folder).catch(() => undefined)
  if (found?.isDirectory() === true) return
  if (found !== undefined) throw new UsageError(`${path} is there already, and is no folder.`)
  if (dirname(folder) !== folder) await makeFolder(dirname(folder))
  try {
    await mkdir(folder, mode === undefined ? {} : { mode })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') return
    throw new UsageError(`The folder ${folder} cannot be made (${reasons[code ?? ''] ?? code}).`)
  }
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space is left',
  ENOENT: 'not there',
}
