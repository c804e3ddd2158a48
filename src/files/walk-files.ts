import type { FileHandle } from 'node:fs/promises'
import { atBytes, entriesOf, openDirectory } from './directory-handle.ts'
import { nameProblem } from './path-names.ts'

/** Codes of entries that changed or closed themselves under our hands; none of them is an error of the walk. */
const passable = new Set(['ENOENT', 'ENOTDIR', 'EACCES', 'ELOOP'])

export interface Walked {
  /** Relative to where the walk began. */
  readonly path: string
  /** As the directory said; whoever opens it looks again. */
  readonly kind: 'file' | 'directory' | 'other'
  /** The open directory that holds it, valid until the next step. */
  readonly directory: FileHandle
  readonly name: Buffer
}

export interface WalkOptions {
  /** Directories nested deeper are not looked into: each level on the way holds two descriptors open. Default 32. */
  readonly depth?: number
  /** Whether names that no caller could say are told of too. Default not. */
  readonly anyName?: boolean
  /** Decides which directories are looked into. Default all. */
  readonly enter?: (path: string) => boolean
}

/**
 * All that lies below a directory, depth first, in no order; directories come before what is in them. Links are told of
 * and never followed. What vanishes meanwhile is left out; a root that is not there is empty.
 */
export async function* walkFiles(root: string, options: WalkOptions = {}): AsyncGenerator<Walked, void, undefined> {
  const top = await openDirectory(root).catch(pass)
  if (top !== undefined) yield* walkIn(top, '', 1, options)
}

async function* walkIn(
  opened: FileHandle,
  prefix: string,
  level: number,
  options: WalkOptions,
): AsyncGenerator<Walked, void, undefined> {
  const { depth = 32, anyName = false, enter = () => true } = options
  await using directory = opened
  try {
    for await (const { name: bytes, kind } of entriesOf(directory)) {
      const name = bytes.toString()
      if (!anyName && (nameProblem(name) !== undefined || !bytes.equals(Buffer.from(name)))) continue
      const path = `${prefix}${name}`
      yield { path, kind, directory, name: bytes }
      if (kind !== 'directory' || level >= depth || !enter(path)) continue
      const inner = await openDirectory(atBytes(directory, bytes)).catch(pass)
      if (inner !== undefined) yield* walkIn(inner, `${path}/`, level + 1, options)
    }
  } catch (error) {
    pass(error)
  }
}

function pass(error: unknown): undefined {
  if (!passable.has((error as NodeJS.ErrnoException).code ?? '')) throw error
  return undefined
}
