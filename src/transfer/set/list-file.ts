import { GridwrapError } from '../../core/errors.ts'
import { type Location, parseLocation } from '../location.ts'

/** One file of a transfer set: from where to where, as it was written. */
export interface Pair {
  readonly source: string
  readonly destination: string
}

const mostPairs = 1_000_000

/**
 * Reads a list of transfers as globus-url-copy -f has it: on each line a source and a destination, in quotes where they
 * hold blanks; `#` begins a comment. Throws GridwrapError (`invalid-input`) with the line that is wrong.
 */
export function readList(text: string): readonly Pair[] {
  const pairs: Pair[] = []
  const seen = new Map<string, number>()
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const rest = line.trim()
    if (rest === '' || rest.startsWith('#')) continue
    const words = [...rest.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')
    const [source, destination] = words
    const at = `line ${index + 1}`
    if (source === undefined || destination === undefined || words.length > 2)
      throw new GridwrapError('invalid-input', `${at}: ${JSON.stringify(rest.slice(0, 120))} is no pair.`, {
        hint: 'Each line is a source and a destination, in "quotes" when they hold blanks.',
      })
    const key = placeOf(destination, at, source)
    const before = seen.get(key)
    if (before !== undefined)
      throw new GridwrapError('invalid-input', `${at}: ${destination} is the destination of line ${before} already.`)
    seen.set(key, index + 1)
    pairs.push({ source, destination })
    if (pairs.length > mostPairs)
      throw new GridwrapError('invalid-input', `The list has more than ${mostPairs} files; make several sets of it.`)
  }
  if (pairs.length === 0) throw new GridwrapError('invalid-input', 'The list names no files.')
  return pairs
}

/** What a destination is told from others by. Throws for what is none, or no file. */
function placeOf(destination: string, at: string, source: string): string {
  let places: readonly Location[]
  try {
    places = [parseLocation(source), parseLocation(destination)]
  } catch (error) {
    if (error instanceof GridwrapError)
      throw new GridwrapError('invalid-input', `${at}: ${error.message}`, { hint: error.hint ?? '' })
    throw error
  }
  const wrong = places.find(({ scheme, path }) => scheme === 'stream' || path.endsWith('/'))
  if (wrong !== undefined)
    throw new GridwrapError('invalid-input', `${at}: ${wrong.text} is no file.`, {
      hint: 'A set is of files, each with its name at both ends.',
    })
  const [, to] = places
  return JSON.stringify([to?.scheme, to?.host, to?.port, to?.user, to?.path])
}
