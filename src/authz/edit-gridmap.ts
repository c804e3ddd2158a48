import { open, readFile, rename, rm, stat } from 'node:fs/promises'
import { newId } from '../core/ids.ts'
import { type GridmapEntry, parseGridmap, quoteName } from './gridmap-file.ts'

/** The entries of a grid-mapfile; none when there is no file. */
export async function listGridmap(file: string): Promise<ReturnType<typeof parseGridmap>> {
  return parseGridmap(await readText(file))
}

/** Adds a name with its accounts, or gives it these accounts. Everything else in the file, comments too, stays. */
export async function addToGridmap(file: string, subject: string, accounts: readonly string[]): Promise<void> {
  const line = `${quoteName(subject)} ${accounts.join(',')}`
  const [problem] = parseGridmap(line).problems
  if (problem !== undefined) throw new Error(problem.message)
  await edit(file, (lines, entries) => {
    const [first, ...others] = entries.filter(entry => entry.subject === subject)
    if (first === undefined) return [...lines, line]
    const gone = new Set(others.map(entry => entry.line))
    return lines.flatMap((old, index) => (index + 1 === first.line ? [line] : gone.has(index + 1) ? [] : [old]))
  })
}

/** Takes a name out; false when it is not there. */
export async function removeFromGridmap(file: string, subject: string): Promise<boolean> {
  let found = false
  await edit(file, (lines, entries) => {
    const gone = new Set(entries.filter(entry => entry.subject === subject).map(entry => entry.line))
    found = gone.size > 0
    return lines.filter((_, index) => !gone.has(index + 1))
  })
  return found
}

/** In one step, so that a container that reads it meanwhile sees the old file or the new one. */
async function edit(
  file: string,
  change: (lines: readonly string[], entries: readonly GridmapEntry[]) => readonly string[],
): Promise<void> {
  const text = await readText(file)
  const lines = text === '' ? [] : text.replace(/\n$/, '').split('\n')
  const changed = `${change(lines, parseGridmap(text).entries).join('\n')}\n`
  if (changed === text) return
  const mode = await stat(file).then(
    found => found.mode & 0o777,
    () => 0o644,
  )
  const making = `${file}.${newId()}`
  try {
    await using handle = await open(making, 'wx', mode)
    await handle.writeFile(changed)
    await handle.sync()
    await rename(making, file)
  } catch (error) {
    await rm(making, { force: true })
    throw error
  }
}

const readText = (file: string): Promise<string> =>
  readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw error
  })
