import { randomBytes } from 'node:crypto'
import { mkdir, open, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Amount, smallFile } from './amount.ts'

/** Writes a large file `large` and a directory `small` into a new folder. What was just written lies in the page cache. */
export async function makeFiles(folder: string, { bytes, files }: Amount): Promise<void> {
  await mkdir(join(folder, 'small'), { recursive: true })
  // No holes, and nothing that could be pressed together.
  const piece = randomBytes(1024 ** 2)
  await using large = await open(join(folder, 'large'), 'wx')
  for (let at = 0; at < bytes; at += piece.length) await large.write(piece.subarray(0, bytes - at))
  for (let n = 0; n < files; n++)
    await writeFile(join(folder, 'small', `file-${String(n).padStart(6, '0')}.dat`), piece.subarray(0, smallFile))
}

/** Throws unless a copy is as large as it must be: a fast transfer that loses something is not fast. */
export async function requireWhole(place: string, { bytes, files }: Amount): Promise<void> {
  const found = await stat(place)
  if (!found.isDirectory()) {
    if (found.size !== bytes) throw new Error(`${place} has ${found.size} bytes instead of ${bytes}.`)
    return
  }
  const names = await readdir(place)
  if (names.length !== files) throw new Error(`${place} has ${names.length} files instead of ${files}.`)
  for (const name of names) {
    const { size } = await stat(join(place, name))
    if (size !== smallFile) throw new Error(`${join(place, name)} has ${size} bytes instead of ${smallFile}.`)
  }
}

/** Also while something that was killed a moment ago still writes into it. */
export const removeAll = (place: string): Promise<void> =>
  rm(place, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 })
