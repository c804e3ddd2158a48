import { mkdir, rmdir, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { UsageError } from './terminal.ts'

/**
 * Makes a folder and those above it, as far as they are not there. Step by step: Node's own recursive mkdir never ends
 * where the system says ENOENT below a folder that is there (/proc). Resolves with those that were made, the innermost
 * first. Throws UsageError with the folder that resists.
 */
export async function makeFolder(path: string, mode?: number): Promise<readonly string[]> {
  const folder = resolve(path)
  const found = await stat(folder).catch(() => undefined)
  if (found?.isDirectory() === true) return []
  if (found !== undefined) throw new UsageError(`${path} is there already, and is no folder.`)
  const above = dirname(folder) === folder ? [] : await makeFolder(dirname(folder))
  try {
    await mkdir(folder, mode === undefined ? {} : { mode })
    return [folder, ...above]
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') return above
    throw new UsageError(`The folder ${folder} cannot be made (${reasons[code ?? ''] ?? code}).`)
  }
}

/** Makes the folder for results before there are any. One that was made here goes again when nothing came into it. */
export async function makeOutFolder(path: string | undefined): Promise<AsyncDisposable> {
  const made = path === undefined ? [] : await makeFolder(path)
  return {
    [Symbol.asyncDispose]: async () => {
      for (const folder of made) if (!(await rmdir(folder).then(isGone, isKept))) return
    },
  }
}

const isGone = (): boolean => true
const isKept = (): boolean => false

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space is left',
  ENOENT: 'not there',
}
