import { copyFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Application } from '../application/model.ts'
import { GridwrapError } from '../core/errors.ts'
import { makeDirectories, moveInto, remove, stat } from '../files/confined.ts'
import type { AttemptPlaces, AttemptPlan } from './attempt-plan.ts'
import { putFile } from './put-file.ts'

/**
 * Makes the working directory of an attempt ready for one that goes on in it: what the program left stays. Files that are
 * written for each run are written again, because they may say that this one goes on; others are put back where they are
 * missing. The program has had the directory, so no name in it is trusted: links are never followed.
 */
export async function prepareRestart(
  { checkpoint }: Application,
  { run, spec }: AttemptPlan,
  { work, control, bundle }: AttemptPlaces,
): Promise<void> {
  // What it was told to stop by would stop it again.
  if (checkpoint?.how.by === 'file') await remove(work, checkpoint.how.name).catch(unlessMissing)
  const making = join(control, 'laid-out')
  const put = async (name: string, make: (path: string) => Promise<void>): Promise<void> => {
    await makeDirectories(work, dirname(name) === '.' ? '' : dirname(name))
    await make(making)
    await moveInto(work, name, making)
  }
  const isMissing = (name: string): Promise<boolean> =>
    stat(work, name).then(
      // A link, or whatever else the program has put there, is nothing of ours.
      ({ kind }) => kind !== 'file',
      error => {
        unlessMissing(error)
        return true
      },
    )
  for (const name of run.directories) await makeDirectories(work, name)
  for (const { name, content } of run.writtenFiles) await put(name, path => writeFile(path, content))
  for (const name of run.copiedFiles)
    if (await isMissing(name)) await put(name, path => copyFile(join(bundle, name), path))
  for (const { name, source } of run.inputFiles)
    if (await isMissing(name)) await put(name, path => putFile(path, source))
  if (spec.stdin !== undefined && run.stdin !== undefined) await writeFile(spec.stdin, run.stdin)
}

function unlessMissing(error: unknown): void {
  if (!(error instanceof GridwrapError) || error.code !== 'not-found') throw error
}
