import type { ExampleInput, ExampleValue } from './subject.ts'

/** How a language writes the values of an example. */
export interface ValueSyntax {
  readonly text: (text: string) => string
  readonly boolean: (value: boolean) => string
  /** What stands for no value at all. */
  readonly nothing: string
  /** The content of a file, said on the spot: `text` is written already. */
  readonly inline: (text: string) => string
  /** The content of a file of this name, written already. */
  readonly file: (name: string) => string
  /** Default: as it is. */
  readonly integer?: (text: string) => string
}

/** Writes an input where lists are in brackets: its value, or all of them. */
export function valueWriter(syntax: ValueSyntax): (input: ExampleInput) => string {
  const one = (value: ExampleValue): string => {
    switch (value.kind) {
      case 'text':
      case 'choice':
        return syntax.text(value.text)
      case 'integer':
        return syntax.integer?.(value.text) ?? value.text
      case 'number':
        return value.text
      case 'boolean':
        return syntax.boolean(value.value)
      case 'inline':
        return syntax.inline(syntax.text(value.text))
      case 'file':
        return syntax.file(syntax.text(value.name))
    }
  }
  return ({ many, values }) => {
    const all = values.map(one)
    return many ? `[${all.join(', ')}]` : (all[0] ?? syntax.nothing)
  }
}

/** A text in double quotes, as JSON has it; so have Java, JavaScript and Python. */
export const doubleQuoted = (text: string): string => JSON.stringify(text)

/** A text in single quotes in which nothing is replaced; so have Perl and PHP. */
export const singleQuoted = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`
