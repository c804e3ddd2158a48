import { access, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { readDescription } from '../../application/description.ts'
import { DescriptionError } from '../../application/description-error.ts'
import type { Draft } from '../../application/importers/draft.ts'
import { writeDraft } from '../../application/importers/draft-yaml.ts'
import { ImportError } from '../../application/importers/import-error.ts'
import { makeFolder } from '../make-folder.ts'
import { exitCodes, print, say, UsageError } from '../terminal.ts'
import type { ImportFlags } from './import-flags.ts'

interface Imported {
  readonly from: string
  readonly name?: string
  /** Itself, when it is not written to a file. */
  readonly description?: string
  /** Where it was written. */
  readonly path?: string
  readonly notes: readonly string[]
  /** Why it was not made, or what still has to be mended in it by hand. */
  readonly problems: readonly string[]
}

/** Reads each, writes its description, and tells what could not be carried over. One that is bad does not keep the others. */
export async function writeImported(
  paths: readonly string[],
  flags: ImportFlags,
  read: (path: string) => Promise<Draft>,
  /** Puts what else it needs into its folder. */
  beside: (path: string, folder: string) => Promise<void> = async () => undefined,
): Promise<void> {
  if (paths.length > 1 && flags.out === undefined)
    throw new UsageError('Several descriptions need a folder: --out DIR.')
  const all: Imported[] = []
  for (const path of paths) {
    const done = await importOne(path, flags, read)
    if (done.path !== undefined) await beside(path, dirname(done.path))
    all.push(done)
    if (flags.json !== true) tell(done)
  }
  const bad = all.filter(one => one.problems.length > 0)
  if (flags.json === true) print(JSON.stringify(all))
  else if (all.length > 1)
    say(
      `${all.length - bad.length} of ${all.length} descriptions made${bad.length === 0 ? '' : `; look at ${bad.map(one => one.from).join(', ')}`}.`,
    )
  if (bad.length > 0) process.exitCode = exitCodes.usage
}

async function importOne(from: string, flags: ImportFlags, read: (path: string) => Promise<Draft>): Promise<Imported> {
  let draft: Draft
  try {
    draft = await read(from)
  } catch (error) {
    return { from, notes: [], problems: [whyNot(error, from)] }
  }
  const { name, notes } = draft
  const text = writeDraft(draft, from.split('/').at(-1) ?? from)
  const problems = problemsIn(text)
  if (flags.out === undefined) {
    if (flags.json === true) return { from, name, description: text, notes, problems }
    print(text)
    return { from, name, notes, problems }
  }
  const folder = join(flags.out, name)
  const path = join(folder, 'application.yaml')
  if (flags.force !== true && (await isThere(path)))
    return { from, name, notes, problems: [`${path} is there already; --force replaces it.`] }
  await makeFolder(folder)
  await writeFile(path, text)
  return { from, name, path, notes, problems }
}

/** What `check` would say of it. */
function problemsIn(text: string): readonly string[] {
  try {
    readDescription(text, 'application.yaml')
    return []
  } catch (error) {
    if (error instanceof DescriptionError) return [`it needs your hand:\n${error.message}`]
    throw error
  }
}

function whyNot(error: unknown, from: string): string {
  if (error instanceof ImportError) return error.message
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return `${from} is not there.`
  throw error
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )

function tell({ from, path, notes, problems }: Imported): void {
  if (path !== undefined) say(path)
  for (const note of notes) say(`  Note: ${note}`)
  for (const problem of problems) say(`${from}: ${problem}`)
}
