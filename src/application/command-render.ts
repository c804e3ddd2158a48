import { givenValue, holds, isOpenList } from './conditions.ts'
import { asList, isFile } from './input-files.ts'
import type { Application, Input, TemplatePart, TemplateWord, Value, Values } from './model.ts'
import { plainText } from './value-text.ts'

/** A list and the element of it for which a group is repeated. */
interface Turn {
  readonly list: string
  readonly index: number
}

/** Puts values into the words of a command. A value is a word, or a part of one; it is never looked at. */
export class CommandRenderer {
  readonly #values: Values
  readonly #files: ReadonlyMap<string, readonly string[]>
  readonly #inputs: ReadonlyMap<string, Input>
  readonly #outputs: ReadonlyMap<string, string>

  constructor(application: Application, values: Values, files: ReadonlyMap<string, readonly string[]>) {
    this.#values = values
    this.#files = files
    this.#inputs = new Map(application.inputs.map(input => [input.name, input]))
    this.#outputs = new Map(
      application.outputs.flatMap(({ name, source }) =>
        source.kind === 'file' || source.kind === 'directory' ? [[name, source.name]] : [],
      ),
    )
  }

  render(words: readonly TemplateWord[], turn?: Turn): string[] {
    return words.flatMap(word => (word.kind === 'group' ? this.#group(word, turn) : this.#word(word.parts, turn)))
  }

  #group(group: Extract<TemplateWord, { kind: 'group' }>, turn: Turn | undefined): string[] {
    if (group.when !== undefined && !holds(group.when, this.#values)) return []
    const direct = group.words.flatMap(word => (word.kind === 'word' ? valuesIn(word.parts) : []))
    if (!direct.every(name => this.#texts(name).length > 0)) return []
    const list = group.repeat ? this.#listIn(group.words) : undefined
    if (list === undefined) return this.render(group.words, turn)
    return this.#texts(list).flatMap((_, index) => this.render(group.words, { list, index }))
  }

  #word(parts: readonly TemplatePart[], turn: Turn | undefined): string[] {
    const [only] = parts
    if (parts.length === 1 && only?.kind === 'value' && this.#isOpenList(only.name) && only.name !== turn?.list)
      return [...this.#texts(only.name)]
    return [parts.map(part => (part.kind === 'literal' ? part.text : this.#inWord(part.name, turn))).join('')]
  }

  #inWord(name: string, turn: Turn | undefined): string {
    const texts = this.#texts(name)
    if (turn !== undefined && name === turn.list) return texts[turn.index] ?? ''
    return texts.join(this.#inputs.get(name)?.join ?? ' ')
  }

  #isOpenList(name: string): boolean {
    return isOpenList(this.#inputs.get(name))
  }

  #listIn(words: readonly TemplateWord[]): string | undefined {
    for (const word of words) {
      const found =
        word.kind === 'group' ? this.#listIn(word.words) : valuesIn(word.parts).find(name => this.#isOpenList(name))
      if (found !== undefined) return found
    }
    return undefined
  }

  /** The texts of an input, an element each, or the file name of an output; empty when there is no value. */
  #texts(name: string): readonly string[] {
    const output = this.#outputs.get(name)
    if (output !== undefined) return [output]
    const input = this.#inputs.get(name)
    if (input === undefined) return []
    // All its files have the one name of the directory.
    if (input.isDirectory === true) return this.#files.get(name) ?? []
    const values: readonly Value[] = asList(givenValue(this.#values, name))
    return values.map((value, index) =>
      isFile(value) ? (this.#files.get(name)?.[index] ?? '') : plainText(input, value),
    )
  }
}

const valuesIn = (parts: readonly TemplatePart[]): string[] =>
  parts.flatMap(part => (part.kind === 'value' ? [part.name] : []))
