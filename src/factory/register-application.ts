import { createHash } from 'node:crypto'
import { copyFile, mkdir, mkdtemp, readFile, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { readDescription } from '../application/description.ts'
import type { Application } from '../application/model.ts'
import { wallClock } from '../core/clock.ts'
import { GridwrapError } from '../core/errors.ts'
import type { ApplicationStore } from '../store/application-store.ts'

const descriptionName = 'application.yaml'
const mostBundleBytes = 256 * 1024 * 1024

/** A description on disk, read and checked, with the files that ship with it. */
export interface DescriptionFolder {
  readonly file: string
  readonly directory: string
  readonly source: string
  readonly application: Application
  readonly digest: string
}

/** Reads `FOLDER/application.yaml`, or the file itself. Throws DescriptionError, or GridwrapError when there is none. */
export async function readDescriptionFolder(path: string): Promise<DescriptionFolder> {
  const file = (await isDirectory(path)) ? join(path, descriptionName) : path
  const source = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new GridwrapError('not-found', `${file} cannot be read (${error.code ?? 'unknown'}).`, {
      hint: `Name a folder that holds ${descriptionName}, or the description itself.`,
    })
  })
  const application = readDescription(source, file)
  const directory = dirname(file)
  const hash = createHash('sha256').update(source)
  let total = 0
  for (const name of shipped(application)) {
    const bytes = await readFile(join(directory, name)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT')
        throw new GridwrapError(
          'denied',
          `${file} ships ${JSON.stringify(name)}, which cannot be read (${error.code}).`,
          {
            hint: `Make it readable: chmod a+r ${join(directory, name)}`,
          },
        )
      throw new GridwrapError('not-found', `${file} ships ${JSON.stringify(name)}, which is not beside it.`, {
        hint: 'Put the file into the same folder, or take it out of "files:".',
      })
    })
    total += bytes.length
    if (total > mostBundleBytes)
      throw new GridwrapError('too-large', `The files of ${basename(directory)} have more than 256 MiB together.`)
    hash.update(`\0${name}\0${bytes.length}\0`).update(bytes)
  }
  return { file, directory, source, application, digest: hash.digest('hex') }
}

/** Copies the files of a description where instances find them, then offers it. A running container sees it at once. */
export async function registerApplication(
  folder: DescriptionFolder,
  bundles: string,
  store: ApplicationStore,
  { configured }: { readonly configured: boolean },
): Promise<{ readonly changed: boolean }> {
  await installBundle(folder, bundles)
  const { application, digest, source, file } = folder
  return store.register({ name: application.name, digest, source, origin: file, configured, now: wallClock() })
}

async function installBundle({ application, directory, digest }: DescriptionFolder, bundles: string): Promise<void> {
  const place = join(bundles, digest)
  if (await isDirectory(place)) return
  await mkdir(bundles, { recursive: true, mode: 0o750 })
  const making = await mkdtemp(join(bundles, '.making-'))
  try {
    for (const name of shipped(application)) {
      await mkdir(dirname(join(making, name)), { recursive: true })
      await copyFile(join(directory, name), join(making, name))
    }
    await rename(making, place)
  } catch (error) {
    await rm(making, { recursive: true, force: true })
    // Another process was quicker with the same digest, so with the same files.
    if (!(await isDirectory(place))) throw error
  }
}

const shipped = (application: Application): readonly string[] =>
  application.files.filter(one => one.kind === 'copy').map(one => one.name)

const isDirectory = (path: string): Promise<boolean> =>
  stat(path).then(
    found => found.isDirectory(),
    () => false,
  )
