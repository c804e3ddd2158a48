import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { UsageError } from './terminal.ts'

/** The descriptions behind a path: it is one, holds one, or holds folders that hold one. Throws {@link UsageError}. */
export async function descriptionsIn(path: string): Promise<readonly string[]> {
  const here = await stat(path).catch(() => {
    throw new UsageError(`There is no ${path}.`)
  })
  if (!here.isDirectory() || (await holdsDescription(path))) return [path]
  const folders = (await readdir(path)).sort().map(name => join(path, name))
  const holding = (
    await Promise.all(folders.map(async folder => ((await holdsDescription(folder)) ? [folder] : [])))
  ).flat()
  if (holding.length === 0) throw new UsageError(`${path} holds no application.yaml, and no folder with one.`)
  return holding
}

/** A folder for descriptions in which there are none yet. */
export const isEmptyFolder = (path: string): Promise<boolean> =>
  readdir(path).then(
    names => names.length === 0,
    () => false,
  )

const holdsDescription = (folder: string): Promise<boolean> =>
  stat(join(folder, 'application.yaml')).then(
    () => true,
    () => false,
  )
