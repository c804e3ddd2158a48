import { GridwrapError } from '../core/errors.ts'

/** Bounds of Linux (limits.h): NAME_MAX and PATH_MAX, in bytes. */
const mostNameBytes = 255
const mostPathBytes = 4096

/**
 * The names that a caller's relative path is made of; none for the empty path, which is the root itself. Refuses whatever
 * could climb, be read in two ways, or not be a name of Linux.
 * @throws GridwrapError `denied`
 */
export function pathNames(path: string): readonly string[] {
  if (path === '') return []
  if (Buffer.byteLength(path) > mostPathBytes) refuse(path, `a path has at most ${mostPathBytes} bytes`)
  if (path.startsWith('/')) refuse(path, 'a path is relative and does not begin with /')
  const names = path.split('/')
  for (const name of names) {
    const problem = nameProblem(name)
    if (problem !== undefined) refuse(path, problem)
  }
  return names
}

/** What is wrong with one file name, as the rule it breaks; undefined when it can be named by a caller. */
export function nameProblem(name: string): string | undefined {
  if (name === '') return 'it has an empty name: no // and no / at the end'
  if (name === '.' || name === '..') return 'it may not hold . or .. as a name'
  if (/[\u0000-\u001f\u007f-\u009f]/.test(name)) return 'it may not hold control characters'
  if (name.includes('\\')) return 'it may not hold \\; names are parted by /'
  if (name.includes('/')) return 'a name holds no /'
  if (/\p{Surrogate}/u.test(name)) return 'it is not Unicode text'
  return Buffer.byteLength(name) > mostNameBytes ? `a name has at most ${mostNameBytes} bytes` : undefined
}

/** A path as it may stand in a message: quoted, without control characters, short. */
export const quotePath = (path: string): string => JSON.stringify(path.length > 120 ? `${path.slice(0, 120)}…` : path)

const refuse = (path: string, rule: string): never => {
  throw new GridwrapError('denied', `The path ${quotePath(path)} is not taken: ${rule}.`)
}
