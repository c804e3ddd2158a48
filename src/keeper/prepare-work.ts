import { constants } from 'node:fs'
import { copyFile, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Application } from '../application/model.ts'
import { emptyDirectory } from '../files/instance-directory.ts'
import type { AttemptPlaces, AttemptPlan } from './attempt-plan.ts'
import { prepareRestart } from './prepare-restart.ts'
import { putFile } from './put-file.ts'
import { putState, type Restart } from './restart.ts'

/**
 * Lays out the working directory of an attempt. One that begins finds it clean: what an earlier attempt left is gone.
 * Every name was made or checked by the plan, so plain joins are safe here; the program has not run yet.
 */
export async function prepareWork(
  application: Application,
  plan: AttemptPlan,
  places: AttemptPlaces,
  restart?: Restart,
): Promise<void> {
  // A power cut may have taken a directory without files; its row says that it is there.
  await mkdir(places.work, { recursive: true, mode: 0o750 })
  await mkdir(places.control, { recursive: true, mode: 0o700 })
  if (restart?.from === 'work') return prepareRestart(application, plan, places)
  await emptyDirectory(places.work)
  // First, so that what the description writes is written over it.
  if (restart !== undefined) await putState(places.work, restart)
  const { run, spec } = plan
  const files = [...run.copiedFiles, ...[...run.writtenFiles, ...run.inputFiles].map(file => file.name)]
  const inside = files.filter(name => name.includes('/')).map(name => dirname(name))
  for (const name of new Set([...inside, ...run.directories])) await mkdir(join(places.work, name), { recursive: true })
  for (const name of run.copiedFiles)
    await copyFile(join(places.bundle, name), join(places.work, name), constants.COPYFILE_FICLONE)
  for (const { name, content } of run.writtenFiles) await writeFile(join(places.work, name), content)
  for (const { name, source } of run.inputFiles) await putFile(join(places.work, name), source)
  if (spec.stdin !== undefined && run.stdin !== undefined) await writeFile(spec.stdin, run.stdin)
}
