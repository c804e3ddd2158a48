import { formatTakes, parseColumnFormat } from './column-format.ts'
import { checkWhen, outputProblem, reportUnknown, type TemplateScope } from './command-check.ts'
import { isOpenList, parseCondition } from './conditions.ts'
import type { FileLine, FileTemplate, Input, TemplatePart } from './model.ts'

export interface FileProblem {
  /** 1 is the first line, and the first character, of the template. */
  readonly line: number
  readonly column: number
  readonly message: string
  readonly hint?: string
}

const mostLines = 5000
const wholeCondition = /^(\s*)\[(!?[A-Za-z][A-Za-z0-9_]*(?:=[^\s?[\]{}]+)?)\? ?(.*)\]\s*$/
const innerCondition = /\[!?([A-Za-z][A-Za-z0-9_]*)(?:=[^\s?[\]{}]+)?\? /

/**
 * Reads the template of a file or of standard input: `{x}` and `{x:10.4f}` are values, a line `[x? text]` is there on a
 * condition, `{{x}}` is a plain `{x}`; everything else is text. Returns all problems instead of throwing.
 */
export function parseFileTemplate(
  text: string,
  quote: FileTemplate['quote'],
  scope: TemplateScope,
): { readonly template: FileTemplate; readonly problems: readonly FileProblem[] } {
  const problems: FileProblem[] = []
  const lines = text.replace(/\n$/, '').split('\n')
  if (lines.length > mostLines) {
    problems.push({
      line: 1,
      column: 1,
      message: `the file has ${lines.length} lines; at most ${mostLines} are taken`,
      hint: 'ship it as a file',
    })
    return { template: { lines: [], quote }, problems }
  }
  const read = lines.map((line, index): FileLine => {
    const report = (column: number, message: string, hint?: string): void => {
      problems.push({ line: index + 1, column: column + 1, message, ...(hint === undefined ? {} : { hint }) })
    }
    const [, indent, condition, rest] = wholeCondition.exec(line) ?? []
    const when = condition === undefined ? undefined : parseCondition(condition)
    if (when !== undefined) checkWhen(when, scope, (indent ?? '').length + 1, report)
    const body = when === undefined ? line : `${indent ?? ''}${rest ?? ''}`
    const inner = innerCondition.exec(body)
    if (inner?.[1] !== undefined && scope.inputs.has(inner[1]))
      report(
        inner.index,
        `"${inner[0].trim()}" stands inside a line`,
        'in a file a condition takes the whole line: [x? text]',
      )
    const parts = readParts(body)
    checkLine(parts, quote, scope, report)
    return { when, parts: parts.map(({ part }) => part) }
  })
  return { template: { lines: read, quote }, problems }
}

interface Placed {
  readonly part: TemplatePart
  readonly column: number
}

function readParts(line: string): Placed[] {
  const parts: Placed[] = []
  let end = 0
  const literal = (text: string): void => {
    const last = parts.at(-1)
    if (text === '') return
    if (last?.part.kind === 'literal')
      parts[parts.length - 1] = { part: { kind: 'literal', text: last.part.text + text }, column: last.column }
    else parts.push({ part: { kind: 'literal', text }, column: end })
  }
  for (const match of line.matchAll(
    /\{\{[A-Za-z][A-Za-z0-9_]*(?::[^{}\s]{1,20})?\}\}|\{([A-Za-z][A-Za-z0-9_]{0,99})(?::([^{}\s]{1,20}))?\}/g,
  )) {
    literal(line.slice(end, match.index))
    const [whole, name, format] = match
    if (name === undefined) literal(whole.slice(1, -1))
    else parts.push({ part: { kind: 'value', name, format }, column: match.index })
    end = match.index + whole.length
  }
  literal(line.slice(end))
  return parts
}

type Report = (column: number, message: string, hint?: string) => void

function checkLine(parts: readonly Placed[], quote: FileTemplate['quote'], scope: TemplateScope, report: Report): void {
  const lists: string[] = []
  for (const [index, { part, column }] of parts.entries()) {
    if (part.kind === 'literal') continue
    const output = scope.outputs.get(part.name)
    const input = scope.inputs.get(part.name)
    const wrong = output === undefined ? undefined : outputProblem(output)
    if (wrong !== undefined) report(column, wrong.message, wrong.hint)
    if (output === undefined && input === undefined) {
      reportUnknown(part.name, scope, column, (c, message, hint) =>
        report(c, message, `${hint ?? ''}; a plain brace is written {{${part.name}}}`),
      )
      continue
    }
    if (part.format !== undefined) checkFormat(part.name, part.format, input, quote, column, report)
    if (isOpenList(input)) lists.push(part.name)
    if (input !== undefined) checkText(input, quote, parts.length, column, report)
    if (isQuoted(parts, index) && (quote === 'fortran' || quote === 'json') && (output !== undefined || isText(input)))
      report(
        column,
        `{${part.name}} stands in quotes`,
        `quote: ${quote} writes the quotes of a value itself; leave them out`,
      )
  }
  const distinct = [...new Set(lists)]
  const second = parts.find(({ part }) => part.kind === 'value' && part.name === distinct[1])
  if (second !== undefined)
    report(
      second.column,
      `the lists ${distinct.join(' and ')} stand on one line`,
      "a line is written once an element of one list; say join: ' ' at the other",
    )
}

function checkFormat(
  name: string,
  text: string,
  input: Input | undefined,
  quote: FileTemplate['quote'],
  column: number,
  report: Report,
): void {
  const format = parseColumnFormat(text)
  if (format === undefined) {
    report(
      column,
      `":${text}" is no column format`,
      'write for example {x:10.4f}, {x:12.3e}, {n:5d}, {t:<72s} or {t:>8s}',
    )
    return
  }
  const type = input?.type ?? 'file'
  if (!formatTakes(format).includes(type))
    report(column, `":${text}" cannot set ${name}, which is a ${type}`, `it takes ${formatTakes(format).join(', ')}`)
  if (format.kind === 's' && quote !== 'none')
    report(column, `":${text}" and quote: ${quote} do not go together`, 'quotes change the width of a value')
  if (input?.join !== undefined)
    report(column, `${name} is joined and has no one width`, 'leave join out: a line an element')
}

function checkText(
  input: Input,
  quote: FileTemplate['quote'],
  partsOfLine: number,
  column: number,
  report: Report,
): void {
  if (input.type !== 'text' || quote === 'json' || quote === 'xml') return
  if (quote === 'fortran')
    report(column, `${input.name} is a text of many lines, which no Fortran string holds`, 'make it a string')
  // With a pattern it is a long line, and is held to what a string may hold there.
  else if (partsOfLine > 1 && input.pattern === undefined)
    report(
      column,
      `${input.name} is a text of many lines and shares its line`,
      `give {${input.name}} a line of its own, say which pattern it has, or make it a string`,
    )
}

const isText = (input: Input | undefined): boolean =>
  input !== undefined &&
  (input.type === 'string' || input.type === 'choice' || input.type === 'text' || input.type === 'file')

/** Whether a quote that is open at this part was written by the author of the template. */
function isQuoted(parts: readonly Placed[], index: number): boolean {
  let open = ''
  for (const { part } of parts.slice(0, index)) {
    if (part.kind === 'value') continue
    for (const c of part.text) {
      if (c === open) open = ''
      else if (open === '' && (c === '"' || c === "'")) open = c
    }
  }
  return open !== ''
}
