import { parseCondition } from './conditions.ts'
import type { Condition, TemplatePart, TemplateWord } from './model.ts'
import { shortened } from './names.ts'

export interface TemplateProblem {
  /** 1 is the first character of the template. */
  readonly column: number
  readonly message: string
  readonly hint?: string
}

export interface ParsedCommand {
  readonly words: readonly TemplateWord[]
  readonly problems: readonly TemplateProblem[]
  /** Where each value and each group stands, for the checks that come after. */
  readonly columns: ReadonlyMap<TemplatePart | TemplateWord, number>
}

const longest = 8192
const deepest = 4
const mostProblems = 10

/** What a shell would make of a character, and how to get it here. */
const ways: Readonly<Record<string, string>> = {
  '|': 'a program whose output goes into another needs a script of its own, shipped under files',
  '&': 'every run is in the background already, leave it out',
  ';': 'one program a description; several need a script, shipped under files',
  '<': 'say what the program reads under stdin',
  '>': 'name an output stdout',
  $: "a caller's value is {name}, a fixed variable goes under environment",
  '`': "nothing is substituted; a caller's value is {name}",
  '*': 'no file names are expanded; make the files an input with many, or put the word in quotes',
  '~': 'there is no home directory, write the whole path',
  '#': 'no comment begins, put the word in quotes',
  '!': 'no history is expanded, put the word in quotes',
  '\\': 'it escapes nothing, put the word in quotes',
}

/**
 * Splits a command into words, once and for all: what a value holds can never change where a word ends.
 * `{x}` value · `[-f {x}]` optional · `[x? -v]` `[!x? -q]` `[mode=fast? -O3]` conditional · `[-i {x}]...` repeated ·
 * 'single' quotes literal, "double" keep words together. Returns all problems instead of throwing.
 */
export const parseCommand = (text: string): ParsedCommand => new CommandReader(text).read()

class CommandReader {
  readonly #text: string
  readonly #problems: TemplateProblem[] = []
  readonly #columns = new Map<TemplatePart | TemplateWord, number>()
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  read(): ParsedCommand {
    if (this.#text.length > longest) {
      this.#problem(`the command has ${this.#text.length} characters; at most ${longest} are taken`, 'ship a script', 0)
      return { words: [], problems: this.#problems, columns: this.#columns }
    }
    const words = this.#words(0)
    if (words.length === 0 && this.#problems.length === 0) this.#problem('the command is empty', undefined, 0)
    return { words, problems: this.#problems, columns: this.#columns }
  }

  #problem(message: string, hint?: string, at = this.#at): void {
    if (this.#problems.length < mostProblems)
      this.#problems.push({ column: at + 1, message, ...(hint === undefined ? {} : { hint }) })
  }

  #words(depth: number): TemplateWord[] {
    const words: TemplateWord[] = []
    for (;;) {
      while (isBlank(this.#text[this.#at])) this.#at++
      const next = this.#text[this.#at]
      if (next === undefined || (next === ']' && depth > 0)) return words
      words.push(next === '[' ? this.#group(depth + 1) : this.#word(depth))
    }
  }

  #group(depth: number): TemplateWord {
    const start = this.#at
    if (depth === deepest + 1) this.#problem(`groups nest at most ${deepest} deep`)
    this.#at++
    const when = this.#condition()
    const words = depth > deepest ? this.#skipped() : this.#words(depth)
    if (this.#text[this.#at] === ']') this.#at++
    else this.#problem('"[" is never closed', 'end the optional part with ]', start)
    const repeat = this.#text.startsWith('...', this.#at)
    if (repeat) this.#at += 3
    const next = this.#text[this.#at]
    if (next !== undefined && !isBlank(next) && next !== ']') {
      this.#problem(`after "${repeat ? ']...' : ']'}" comes a blank, not "${next}"`, 'an optional part is whole words')
    }
    const group: TemplateWord = { kind: 'group', when, repeat, words }
    this.#columns.set(group, start)
    return group
  }

  #condition(): Condition | undefined {
    const head = /!?[A-Za-z][A-Za-z0-9_]*(?:=[^\s?[\]{}'"]+)?\?/y
    head.lastIndex = this.#at
    const [found] = head.exec(this.#text) ?? []
    if (found === undefined) return undefined
    const next = this.#text[this.#at + found.length]
    if (next !== undefined && !isBlank(next) && next !== ']') {
      this.#problem(`a blank is missing after "[${shortened(found)}"`, `write [${found} ${next}...]`)
    }
    this.#at += found.length
    return parseCondition(found.slice(0, -1))
  }

  /** Too deep already: finds the end without another level of calls. */
  #skipped(): TemplateWord[] {
    this.#at = this.#text.length
    return []
  }

  #word(depth: number): TemplateWord {
    const start = this.#at
    const parts: TemplatePart[] = []
    let literal = ''
    const flush = (): void => {
      if (literal !== '') parts.push({ kind: 'literal', text: literal })
      literal = ''
    }
    for (;;) {
      const c = this.#text[this.#at]
      if (c === undefined || isBlank(c) || (c === ']' && depth > 0)) break
      if (c === "'" || c === '"') {
        const end = this.#text.indexOf(c, this.#at + 1)
        if (end < 0) {
          this.#problem(`the quote ${c} is never closed`, `end the word with ${c}`)
          this.#at = this.#text.length
        } else if (c === "'") {
          literal += this.#text.slice(this.#at + 1, end)
          this.#at = end + 1
        } else {
          this.#at++
          while (this.#at < end) {
            if (this.#text[this.#at] !== '{') literal += this.#text[this.#at++]
            else {
              flush()
              parts.push(this.#value())
            }
          }
          this.#at = Math.max(this.#at, end + 1)
        }
      } else if (c === '{') {
        flush()
        parts.push(this.#value())
      } else {
        this.#refuse(c)
        literal += c
        this.#at++
      }
    }
    flush()
    // A quoted empty word is a word all the same.
    const word: TemplateWord = { kind: 'word', parts: parts.length > 0 ? parts : [{ kind: 'literal', text: '' }] }
    this.#columns.set(word, start)
    return word
  }

  #value(): TemplatePart {
    const start = this.#at
    const form = /\{([A-Za-z][A-Za-z0-9_]{0,99})(:[^{}\s]{0,20})?\}/y
    form.lastIndex = start
    const [whole, name, format] = form.exec(this.#text) ?? []
    if (whole === undefined || name === undefined) {
      this.#problem('"{" begins the name of an input or output, as in {name}', "put a plain brace in 'single quotes'")
      this.#at++
      return { kind: 'literal', text: '{' }
    }
    if (format !== undefined)
      this.#problem(`"${whole}": column formats are for files`, `write {${name}}; a word needs no columns`, start)
    this.#at += whole.length
    const part: TemplatePart = { kind: 'value', name, format: undefined }
    this.#columns.set(part, start)
    return part
  }

  #refuse(c: string): void {
    const way = Object.hasOwn(ways, c) ? ways[c] : undefined
    if (way !== undefined) this.#problem(`"${c}" has no meaning here, no shell runs; ${way}`)
    else if (c === '[') this.#problem('"[" begins an optional part only where a word begins', "put it in 'quotes'")
    else if (c === ']') this.#problem('"]" ends nothing', "put it in 'quotes'")
    else if (c === '}') this.#problem('"}" ends nothing', "put it in 'quotes'")
    else if (c < ' ' || c === '\u007f') this.#problem('a control character stands in the command', 'leave it out')
  }
}

const isBlank = (c: string | undefined): boolean => c === ' ' || c === '\t' || c === '\n' || c === '\r'
