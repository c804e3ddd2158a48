import { lstat } from 'node:fs/promises'
import { atBytes } from './directory-handle.ts'
import { walkFiles } from './walk-files.ts'

/** Enough to see that a program makes files without end; more would only take time. */
const mostEntries = 1_000_000
/** Deeper than this only a program hides things from us on purpose; each level holds two descriptors. */
const mostDepth = 100

/**
 * The disk space in bytes that a directory and all below it take up: blocks in use, so that a sparse file counts for
 * what it holds and a file of one byte for its block. What vanishes meanwhile is left out; no directory takes nothing.
 */
export async function directorySize(path: string): Promise<number> {
  let bytes = 0
  let entries = 0
  for await (const { directory, name } of walkFiles(path, { depth: mostDepth, anyName: true })) {
    bytes += (await blocksOf(atBytes(directory, name))) * 512
    if (++entries >= mostEntries) break
  }
  return bytes
}

async function blocksOf(path: Buffer): Promise<number> {
  try {
    return (await lstat(path)).blocks
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'EACCES') return 0
    throw error
  }
}
