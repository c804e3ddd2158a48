import type { YAMLError } from 'yaml'
import type { Place } from './description-error.ts'
import { shortened } from './names.ts'

interface Trap {
  readonly place?: Place
  readonly message: string
  readonly hint: string
}

/** Explains what YAML made of a value that its author did not mean as YAML; undefined when nothing is known better than YAML's own words. */
export function trapBehind(error: YAMLError, text: string, place: Place): Trap | undefined {
  const line = text.split('\n', place.line)[place.line - 1] ?? ''
  const rest = line.slice(place.column - 1)
  if (error.code === 'MULTIPLE_DOCS')
    return { message: 'a second document begins here', hint: 'one description a file; leave the line --- out' }
  if (error.code === 'TAB_AS_INDENT' || /^\s*\t/.test(line))
    return { message: 'a tab indents this line', hint: 'YAML takes blanks only' }
  if (error.code === 'BAD_DQ_ESCAPE')
    return {
      message: 'a backslash inside "double quotes" begins an escape of YAML',
      hint: "use 'single quotes' for expressions",
    }
  if (rest.startsWith('@') || rest.startsWith('`'))
    return {
      message: `a value begins with ${rest[0]}`,
      hint: `a value that begins with @ or \` needs quotes: ${quoted(rest)}`,
    }
  if (rest.startsWith('%')) return { message: 'a line begins with %', hint: 'put the value in quotes' }
  const value = valueOnLine(line)
  if (value !== undefined) {
    const at: Place = { line: place.line, column: value.column }
    const first = value.text[0]
    if ((first === '{' || first === '[') && !isClosed(value.text))
      return {
        place: at,
        message: `a value that begins with ${first} needs quotes`,
        hint: `write ${quoted(value.text)}`,
      }
    if (first === '*' || first === '&' || first === '!')
      return {
        place: at,
        message: `a value that begins with ${first} needs quotes`,
        hint: `write ${quoted(value.text)}`,
      }
    if (/: |:$/.test(value.text) && !/^['"{[|>]/.test(value.text))
      return { place: at, message: 'a colon followed by a blank needs quotes', hint: `write ${quoted(value.text)}` }
    if (/^(['"]).*\1\s*\S/.test(value.text) && error.code === 'UNEXPECTED_TOKEN')
      return {
        place: at,
        message: 'something follows the closing quote',
        hint: `put the whole value in quotes: ${quoted(value.text)}`,
      }
  }
  if (error.code === 'DUPLICATE_KEY') return { message: 'this key is there twice', hint: 'keep one of them' }
  return undefined
}

/** The value of a `key: value` line and where it begins. */
function valueOnLine(line: string): { text: string; column: number } | undefined {
  const match = /^(\s*(?:- )?\s*[^\s:{}[\]'"][^:{}[\]'"]{0,99}:\s+)(\S.*)$/.exec(line.slice(0, 2000))
  return match?.[1] === undefined || match[2] === undefined
    ? undefined
    : { text: match[2].trimEnd(), column: match[1].length + 1 }
}

/** Whether the brackets of a flow value that begins here close at its very end. */
function isClosed(text: string): boolean {
  let depth = 0
  for (const [i, c] of [...text].entries()) {
    depth += c === '{' || c === '[' ? 1 : c === '}' || c === ']' ? -1 : 0
    if (depth === 0) return /^\s*(#.*)?$/.test(text.slice(i + 1))
  }
  return true
}

/** A value in the quotes that keep it as it is. */
const quoted = (text: string): string => `'${shortened(text).replaceAll("'", "''")}'`
