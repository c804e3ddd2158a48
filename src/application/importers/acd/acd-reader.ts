import { shortened } from '../../names.ts'
import { ImportError } from '../import-error.ts'

/** One definition of an ACD file: `float: gapopen [ standard: "Y" minimum: "1.0" ]`. */
export interface AcdDefinition {
  /** In small letters, and in full: `float`. */
  readonly type: string
  readonly name: string
  readonly line: number
  /** In small letters, and in full; texts with their blanks and line ends as one blank. */
  readonly attributes: ReadonlyMap<string, string>
  /** Of a variable: its expression. */
  readonly text: string | undefined
  /** The sections that it stands in, the outermost first. */
  readonly sections: readonly string[]
}

const largest = 1024 * 1024
const mostDefinitions = 1000
const mostAttributes = 100

/** What may be shortened, as old files do: to the first that begins so. */
const types = [
  ...[
    'application',
    'section',
    'endsection',
    'variable',
    'relations',
    'boolean',
    'integer',
    'float',
    'string',
    'toggle',
  ],
  ...[
    'list',
    'selection',
    'sequence',
    'seqall',
    'seqset',
    'seqout',
    'seqoutall',
    'infile',
    'outfile',
    'report',
    'align',
  ],
]
const attributeNames = [
  ...[
    'additional',
    'button',
    'codedelimiter',
    'default',
    'delimiter',
    'documentation',
    'expected',
    'features',
    'groups',
  ],
  ...['header', 'help', 'information', 'knowntype', 'maximum', 'maxlength', 'minimum', 'minlength', 'nulldefault'],
  ...['nullok', 'parameter', 'pattern', 'prompt', 'relations', 'standard', 'type', 'valid', 'values'],
]
const inFull = (word: string, all: readonly string[]): string =>
  all.includes(word) || word.length < 3 ? word : (all.find(one => one.startsWith(word)) ?? word)

/**
 * Reads an AJAX Command Definition, the description that each EMBOSS program brings (EMBOSS Developers' Guide, "ACD File
 * Development"): definitions in their order, nothing of them interpreted. Pure.
 *
 * @throws {ImportError} with the line, when it is none, or has more than 1000 definitions or 1 MiB.
 */
export function readAcd(text: string, file: string): readonly AcdDefinition[] {
  if (text.length > largest) throw new ImportError(file, undefined, `it has more than ${largest / 1024} KiB`)
  return new AcdReader(tokens(text, file), file).definitions()
}

interface Token {
  readonly text: string
  readonly line: number
  readonly kind: 'word' | 'text' | 'mark'
}

/** Words, quoted texts, and the marks `: = [ ]`. */
function tokens(text: string, file: string): Token[] {
  const found: Token[] = []
  let line = 1
  for (const [whole, blank, comment, quoted, quote, mark] of text.matchAll(
    /(\s+)|(#[^\n]*)|("[^"]*"|'[^']*')|(["'])|([:=[\]])|[^\s:=[\]"'][^\s:=[\]]*/g,
  )) {
    if (quote !== undefined) throw new ImportError(file, line, `the text that begins here with ${quote} has no end`)
    if (blank === undefined && comment === undefined) {
      const kind = quoted !== undefined ? 'text' : mark !== undefined ? 'mark' : 'word'
      found.push({ text: quoted === undefined ? whole : inOneLine(quoted.slice(1, -1)), line, kind })
    }
    for (const c of whole) if (c === '\n') line++
  }
  return found
}

/** A backslash at the end of a line asks for a new line where text is shown; here all is one line. */
const inOneLine = (text: string): string => text.replace(/\\?\s+/g, ' ').trim()

class AcdReader {
  readonly #tokens: readonly Token[]
  readonly #file: string
  #next = 0

  constructor(all: readonly Token[], file: string) {
    this.#tokens = all
    this.#file = file
  }

  definitions(): readonly AcdDefinition[] {
    const found: AcdDefinition[] = []
    const sections: string[] = []
    const names = new Set<string>()
    while (this.#next < this.#tokens.length) {
      if (found.length >= mostDefinitions) throw this.#error(`it has more than ${mostDefinitions} definitions`)
      const definition = this.#definition([...sections])
      const { type, name } = definition
      if (found.length === 0 && type !== 'application')
        throw this.#error(`a definition of a program begins with application:, this one with ${shortened(type)}:`)
      if (found.length > 0 && type === 'application') throw this.#error('a second application: stands in it')
      if (type === 'section') sections.push(name)
      else if (type === 'endsection') {
        const open = sections.pop()
        if (open !== name) throw this.#error(`endsection: ${shortened(name)} ends ${open ?? 'nothing'}`)
      } else if (names.has(name)) throw this.#error(`${shortened(name)} is defined twice`)
      else names.add(name)
      if (type !== 'endsection') found.push(definition)
    }
    if (found.length === 0) throw new ImportError(this.#file, undefined, 'it defines nothing')
    if (sections.length > 0) throw this.#error(`the section ${sections.at(-1)} has no end`)
    return found
  }

  #definition(sections: readonly string[]): AcdDefinition {
    const type = this.#take('word', 'the type of a definition')
    this.#colon(type.text)
    const name = this.#take('word', `the name of a ${shortened(type.text)}`)
    const { line } = type
    const definition = { type: inFull(type.text.toLowerCase(), types), name: name.text.toLowerCase(), line, sections }
    const after = this.#tokens[this.#next]
    if (after?.kind === 'text') {
      this.#next++
      return { ...definition, attributes: new Map(), text: after.text }
    }
    if (after?.text !== '[' || after.kind !== 'mark') return { ...definition, attributes: new Map(), text: undefined }
    this.#next++
    return { ...definition, attributes: this.#attributes(definition.name), text: undefined }
  }

  #attributes(of: string): Map<string, string> {
    const attributes = new Map<string, string>()
    for (;;) {
      const name = this.#tokens[this.#next]
      if (name?.kind === 'mark' && name.text === ']') {
        this.#next++
        return attributes
      }
      if (attributes.size >= mostAttributes) throw this.#error(`${shortened(of)} has too many attributes`)
      const key = inFull(
        this.#take('word', `an attribute of ${shortened(of)}, or ]`).text.toLowerCase(),
        attributeNames,
      )
      this.#colon(key)
      const value = this.#tokens[this.#next++]
      if (value === undefined || value.kind === 'mark')
        throw this.#error(`the value of ${shortened(key)} of ${shortened(of)} is missing`)
      // Some may be there more than once (relations); of the others EMBOSS takes the last.
      const before = attributes.get(key)
      attributes.set(key, key === 'relations' && before !== undefined ? `${before}; ${value.text}` : value.text)
    }
  }

  #take(kind: Token['kind'], wanted: string): Token {
    const token = this.#tokens[this.#next]
    if (token === undefined || token.kind !== kind)
      throw this.#error(
        `${wanted} is wanted, and ${token === undefined ? 'it ends' : `"${shortened(token.text)}" stands`} there`,
      )
    this.#next++
    return token
  }

  #colon(after: string): void {
    const token = this.#tokens[this.#next]
    if (token?.kind !== 'mark' || (token.text !== ':' && token.text !== '='))
      throw this.#error(`behind ${shortened(after)} a colon is missing`)
    this.#next++
  }

  #error(message: string): ImportError {
    const at = this.#tokens[Math.min(this.#next, this.#tokens.length - 1)]
    return new ImportError(this.#file, at?.line, message)
  }
}
