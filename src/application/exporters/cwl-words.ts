import type { Application, Input, TemplatePart, TemplateWord } from '../model.ts'

type Map = Record<string, unknown>

/** What the words of a command become: bindings of inputs, and arguments; and what of them no CWL without JavaScript says. */
export interface CwlWords {
  readonly baseCommand: readonly string[]
  readonly arguments: readonly Map[]
  readonly bindings: ReadonlyMap<string, Map>
  /** The bindings of the elements of a list, where each has its own words. */
  readonly items: ReadonlyMap<string, Map>
  readonly problems: readonly string[]
}

/** An output's name in the working directory is fixed; a value is a reference. */
export function referenceTo(part: TemplatePart, application: Application): string {
  if (part.kind === 'literal') return escaped(part.text)
  const source = application.outputs.find(one => one.name === part.name)?.source
  if (source?.kind === 'file' || source?.kind === 'directory') return escaped(source.name)
  const input = application.inputs.find(one => one.name === part.name)
  return input?.type === 'file' ? `$(inputs.${part.name}.path)` : `$(inputs.${part.name})`
}

/** A `$(` of a text means itself. */
const escaped = (text: string): string => text.replace(/\$(?=[({])/g, '\\$')

export function cwlWords(application: Application): CwlWords {
  return new WordExporter(application).words()
}

class WordExporter {
  readonly #application: Application
  readonly #inputs: ReadonlyMap<string, Input>
  readonly #arguments: Map[] = []
  readonly #bindings = new Map<string, Map>()
  readonly #items = new Map<string, Map>()
  readonly #problems: string[] = []

  constructor(application: Application) {
    this.#application = application
    this.#inputs = new Map(application.inputs.map(input => [input.name, input]))
  }

  words(): CwlWords {
    const { command } = this.#application
    const first = command.findIndex(word => word.kind === 'group' || word.parts.some(part => part.kind === 'value'))
    const base = first < 0 ? command : command.slice(0, first)
    for (const [index, word] of command.slice(base.length).entries()) this.#word(word, index + 1)
    return {
      baseCommand: base.map(word => (word.kind === 'word' ? word.parts.map(literalOf).join('') : '')),
      ...{ arguments: this.#arguments, bindings: this.#bindings, items: this.#items, problems: this.#problems },
    }
  }

  #word(word: TemplateWord, position: number): void {
    if (word.kind === 'group') this.#group(word, position)
    else {
      const [only] = word.parts
      const name = only?.kind === 'value' && word.parts.length === 1 ? only.name : undefined
      const input = name === undefined ? undefined : this.#inputs.get(name)
      if (input?.type === 'boolean') this.#refuse(`${input.name} as a word, true or false,`)
      else if (input !== undefined && !this.#bindings.has(input.name))
        this.#bindings.set(input.name, this.#bound(input.name, { position }))
      else this.#argument(word.parts, position)
    }
  }

  #argument(parts: readonly TemplatePart[], position: number): void {
    const list = parts.find(part => part.kind === 'value' && this.#inputs.get(part.name)?.many !== undefined)
    const boolean = parts.find(part => part.kind === 'value' && this.#inputs.get(part.name)?.type === 'boolean')
    const before = parts.slice(0, -1)
    if (
      list !== undefined &&
      list === parts.at(-1) &&
      list.kind === 'value' &&
      before.every(part => part.kind === 'literal') &&
      !this.#bindings.has(list.name)
    ) {
      const binding = { position, prefix: before.map(literalOf).join(''), separate: false }
      this.#bindings.set(list.name, this.#bound(list.name, binding))
      return
    }
    if (list !== undefined || boolean !== undefined) {
      this.#refuse('a list, or true and false, inside a word')
      return
    }
    const valueFrom = parts.map(part => referenceTo(part, this.#application)).join('')
    this.#arguments.push({ position, valueFrom: valueFrom === '' ? '' : valueFrom })
  }

  /** `[-f {x}]`, `[-f{x}]`, `[{x}]`, `[x? -f]`, `[-f {x}]...`: one value, with one word before it at most. */
  #group(group: Extract<TemplateWord, { kind: 'group' }>, position: number): void {
    const { when, words, repeat } = group
    const plain = words.flatMap(word => (word.kind === 'word' ? [word.parts] : []))
    const fixed = plain.every(parts => parts.every(part => part.kind === 'literal' || !this.#inputs.has(part.name)))
    if (plain.length < words.length) this.#refuse('an optional part in an optional part')
    else if (when !== undefined && (when.negated || when.equals !== undefined))
      this.#refuse(`a part that is there when ${when.input} is something else`)
    else if (when !== undefined && !fixed) this.#refuse(`a part with a value that is there when ${when.input} is given`)
    else if (when !== undefined) this.#switch(when.input, plain, position)
    else this.#value(plain, position, repeat)
  }

  #switch(name: string, words: readonly (readonly TemplatePart[])[], position: number): void {
    const [only] = words
    if (
      this.#inputs.get(name)?.type !== 'boolean' ||
      words.length !== 1 ||
      only === undefined ||
      this.#bindings.has(name)
    )
      this.#refuse(`the words that are there when ${name} is given`)
    else this.#bindings.set(name, { position, prefix: only.map(part => referenceTo(part, this.#application)).join('') })
  }

  #value(words: readonly (readonly TemplatePart[])[], position: number, repeat: boolean): void {
    const last = words.at(-1) ?? []
    const value = last.at(-1)
    const name = value?.kind === 'value' ? value.name : ''
    const before = [
      ...words.slice(0, -1).map(parts => parts.map(literalOf).join('')),
      last.slice(0, -1).map(literalOf).join(''),
    ]
    const prefixes = before.filter(text => text !== '')
    const isSimple =
      words
        .slice(0, -1)
        .flat()
        .every(part => part.kind === 'literal') && last.slice(0, -1).every(part => part.kind === 'literal')
    if (
      !this.#inputs.has(name) ||
      this.#inputs.get(name)?.type === 'boolean' ||
      !isSimple ||
      prefixes.length > 1 ||
      this.#bindings.has(name)
    ) {
      this.#refuse(`the part with ${name === '' ? 'no value at its end' : name}`)
      return
    }
    const [prefix] = prefixes
    const binding = prefix === undefined ? {} : { prefix, ...(last.length > 1 ? { separate: false } : {}) }
    if (repeat) {
      this.#items.set(name, binding)
      this.#bindings.set(name, { position })
    } else this.#bindings.set(name, this.#bound(name, { position, ...binding }))
  }

  #bound(name: string, binding: Map): Map {
    const { join } = this.#inputs.get(name) ?? {}
    return join === undefined ? binding : { ...binding, itemSeparator: join }
  }

  #refuse(what: string): void {
    this.#problems.push(`${what} needs JavaScript in CWL`)
  }
}

const literalOf = (part: TemplatePart): string => (part.kind === 'literal' ? escaped(part.text) : '')
