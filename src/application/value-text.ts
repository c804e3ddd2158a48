import { parseColumnFormat, setInColumns } from './column-format.ts'
import type { FileTemplate, Input, Value } from './model.ts'

/**
 * A value as a program reads it: numbers in the fewest digits that give the same number back, integers exactly,
 * `true` and `false`, the program's own word for a choice.
 */
export function plainText(input: Input, value: Exclude<Value, object>): string {
  if (input.type === 'choice') return input.values?.find(v => v.say === value)?.word ?? String(value)
  return String(value)
}

export type Rendered = { readonly text: string } | { readonly problem: string }

/** A value as it enters a file. Never more than the value: a string cannot end its line, its quotes or its element. */
export function fileText(
  input: Input,
  value: Exclude<Value, object>,
  format: string | undefined,
  quote: FileTemplate['quote'],
  sharesLine = false,
): Rendered {
  const text = plainText(input, value)
  if (text.includes('\0')) return { problem: 'must not hold a NUL character' }
  const isText = input.type === 'string' || input.type === 'text'
  // A text alone on its line is the content that the description asks for; everything else is bounded here.
  const isBounded = input.type === 'string' || (input.type === 'text' && sharesLine)
  if (quote === 'none' && isBounded && !/^[A-Za-z0-9 ._+,:/@=-]*$/.test(text))
    return {
      problem:
        'may hold only letters, digits, blanks and . _ + , : / @ = - because it is written into a file of the program',
    }
  if (format !== undefined) {
    const columns = parseColumnFormat(format)
    if (columns === undefined) return { problem: `has the unknown column format ${format}` }
    return setInColumns(columns, typeof value === 'number' || typeof value === 'bigint' ? value : text)
  }
  if (isText || input.type === 'choice') return { text: quoteText(text, quote) }
  if (typeof value === 'boolean' && quote === 'fortran') return { text: value ? '.true.' : '.false.' }
  return { text }
}

/** A string, or the name of a file, as a literal of the file's language. */
export function quoteText(text: string, quote: FileTemplate['quote']): string {
  switch (quote) {
    case 'fortran':
      return `'${text.replaceAll("'", "''")}'`
    case 'json':
      return JSON.stringify(text)
    case 'xml':
      return text.replace(/[&<>"']/g, c => `&#${c.charCodeAt(0)};`)
    case 'none':
      return text
  }
}
