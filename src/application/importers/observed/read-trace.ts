import { resolve } from 'node:path'

/** What a trace tells of files, in the order in which it happened in each process. */
export interface TracedFiles {
  readonly read: readonly string[]
  readonly written: readonly string[]
  readonly connects: boolean
}

const opening = /^(open|openat|openat2|creat)\((.*)$/
const renaming = /^(rename|renameat|renameat2)\((.*)$/
const text = /"((?:\\x[0-9a-f]{2})*)"/g
const written = /\bO_(?:WRONLY|RDWR)\b/

/**
 * Reads what strace writes down with -ff -xx -y for one process: opens that went well, renames, changes of directory and
 * connections to other hosts. `folder`: where the process began. Pure; a line that is something else is passed over.
 */
export function readTrace(lines: Iterable<string>, folder: string): TracedFiles {
  const read = new Set<string>()
  const wrote = new Set<string>()
  let connects = false
  let here = folder
  for (const line of lines) {
    if (!/\) += (?!-1\b)/.test(line)) {
      connects ||= /^connect\(.*sa_family=AF_INET6?,/.test(line) && /EINPROGRESS|ECONNREFUSED|ENETUNREACH/.test(line)
      continue
    }
    const names = [...line.matchAll(text)].map(([, hex = '']) => unescaped(hex))
    const [name] = names
    if (line.startsWith('chdir(') && name !== undefined) here = resolve(here, name)
    else if (line.startsWith('connect(')) connects ||= /sa_family=AF_INET6?,/.test(line)
    else if (renaming.test(line)) {
      const [from, to] = [names[0], names.at(-1)]
      if (from === undefined || to === undefined) continue
      wrote.delete(resolve(here, from))
      wrote.add(resolve(here, to))
    } else if (opening.test(line) && name !== undefined) {
      const path = resolve(directoryOf(line) ?? here, name)
      if (line.startsWith('creat(') || written.test(line)) wrote.add(path)
      else if (!/\bO_DIRECTORY\b|\bO_PATH\b/.test(line) && !wrote.has(path)) read.add(path)
    }
  }
  return { read: [...read], written: [...wrote], connects }
}

/** With -y the directory that a name is relative to stands behind its descriptor: `openat(5</data>, …`; or `AT_FDCWD</data>`. */
function directoryOf(line: string): string | undefined {
  const [, path] = /^openat2?\((?:AT_FDCWD|\d+)<((?:[^>\\]|\\x[0-9a-f]{2})*)>/.exec(line) ?? []
  return path === undefined ? undefined : path.replace(/(?:\\x[0-9a-f]{2})+/g, unescaped)
}

const unescaped = (hex: string): string => Buffer.from(hex.replaceAll('\\x', ''), 'hex').toString('utf8')
