import { createReadStream } from 'node:fs'
import { open, readdir, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { readTrace, type TracedFiles } from '../../application/importers/observed/read-trace.ts'

/** What of each stream is looked at. */
const beginning = 64 * 1024
/** Somebody's whole home is not looked through. */
const mostFiles = 20_000
const mostDepth = 4

/** The files of a folder and when each was changed last, not too deep: path to milliseconds. */
export async function filesBelow(folder: string): Promise<ReadonlyMap<string, number>> {
  const files = new Map<string, number>()
  const walk = async (path: string, depth: number): Promise<void> => {
    const entries = await readdir(path, { withFileTypes: true }).catch(() => [])
    for (const entry of entries) {
      if (files.size >= mostFiles) return
      const inner = join(path, entry.name)
      if (entry.isDirectory() && depth < mostDepth && !entry.name.startsWith('.')) await walk(inner, depth + 1)
      else if (entry.isFile()) {
        const found = await stat(inner).catch(() => undefined)
        if (found !== undefined) files.set(inner, found.mtimeMs)
      }
    }
  }
  await walk(folder, 0)
  return files
}

/** What the traces of all processes tell, which lie as `trace.PID` in a folder. */
export async function tracedFiles(home: string, folder: string): Promise<TracedFiles> {
  const read = new Set<string>()
  const written = new Set<string>()
  let connects = false
  for (const name of await readdir(home)) {
    if (!name.startsWith('trace.')) continue
    const lines: string[] = []
    for await (const line of createInterface({ input: createReadStream(join(home, name), 'latin1') })) lines.push(line)
    const found = readTrace(lines, folder)
    for (const path of found.read) read.add(path)
    for (const path of found.written) written.add(path)
    connects ||= found.connects
  }
  return { read: [...read], written: [...written], connects }
}

/** Without a trace: what its words name, and what has changed in the folder. */
export function guessedFiles(
  argv: readonly string[],
  folder: string,
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
): TracedFiles {
  const written = [...after].filter(([path, changed]) => before.get(path) !== changed).map(([path]) => path)
  const named = argv.slice(1).map(word => resolve(folder, word.replace(/^-{0,2}[A-Za-z][\w-]*=/, '')))
  return { read: named.filter(path => !written.includes(path)), written, connects: false }
}

/** Those that are files and are there. */
export async function regularFiles(paths: readonly string[]): Promise<readonly string[]> {
  const found = await Promise.all(paths.map(path => stat(path).catch(() => undefined)))
  return paths.filter((_, i) => found[i]?.isFile() === true)
}

/** Folders that words of a command name, the folder where it ran aside. */
export async function foldersAmong(words: readonly string[], folder: string): Promise<readonly string[]> {
  const named = words.map(word => resolve(folder, word.replace(/^-{0,2}[A-Za-z][\w-]*=/, '')))
  const found = await Promise.all(named.map(path => stat(path).catch(() => undefined)))
  return named.filter((path, i) => path !== folder && found[i]?.isDirectory() === true)
}

/** The first of what a program printed, as text. */
export async function beginningOf(path: string): Promise<string> {
  await using file = await open(path)
  const { buffer, bytesRead } = await file.read(Buffer.alloc(beginning), 0, beginning, 0)
  return buffer.toString('utf8', 0, bytesRead)
}
