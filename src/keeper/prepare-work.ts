import { constants } from 'node:fs'
import { copyFile, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { FileSource } from '../application/model.ts'
import { emptyDirectory } from '../files/instance-directory.ts'
import type { AttemptPlaces, AttemptPlan } from './attempt-plan.ts'

/**
 * Lays out the working directory of an attempt, from a clean one: what an earlier attempt left is gone. Every name was
 * made or checked by the plan, so plain joins are safe here; the program has not run yet.
 */
export async function prepareWork({ run, spec }: AttemptPlan, places: AttemptPlaces): Promise<void> {
  // A power cut may have taken a directory without files; its row says that it is there.
  await mkdir(places.work, { recursive: true, mode: 0o750 })
  await emptyDirectory(places.work)
  await mkdir(places.control, { recursive: true, mode: 0o700 })
  const files = [...run.copiedFiles, ...[...run.writtenFiles, ...run.inputFiles].map(file => file.name)]
  const inside = files.filter(name => name.includes('/')).map(name => dirname(name))
  for (const name of new Set([...inside, ...run.directories])) await mkdir(join(places.work, name), { recursive: true })
  for (const name of run.copiedFiles)
    await copyFile(join(places.bundle, name), join(places.work, name), constants.COPYFILE_FICLONE)
  for (const { name, content } of run.writtenFiles) await writeFile(join(places.work, name), content)
  for (const { name, source } of run.inputFiles) await putFile(join(places.work, name), source)
  if (spec.stdin !== undefined && run.stdin !== undefined) await writeFile(spec.stdin, run.stdin)
}

async function putFile(path: string, source: FileSource): Promise<void> {
  switch (source.kind) {
    case 'text':
      return writeFile(path, source.text)
    case 'bytes':
      return writeFile(path, source.bytes)
    case 'spooled':
      return copyFile(source.path, path, constants.COPYFILE_FICLONE)
    case 'upload':
    case 'url':
      throw new Error('An upload that never came reached the launch.')
  }
}
