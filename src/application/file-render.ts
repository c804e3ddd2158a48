import type { InputProblem } from '../core/errors.ts'
import { parseColumnFormat, setInColumns } from './column-format.ts'
import { givenValue, holds, isOpenList } from './conditions.ts'
import { asList, isFile } from './input-files.ts'
import type { Application, FileLine, FileTemplate, Input, TemplatePart, Value, Values } from './model.ts'
import { shortened } from './names.ts'
import { fileText, quoteText, type Rendered } from './value-text.ts'

const largest = 16 * 1024 * 1024
const mostProblems = 50

/**
 * The content of a written file. A line whose value is missing is left out, a line with an unjoined list is written once
 * an element. Values that cannot stand in this file are added to `problems`.
 */
export function renderFile(
  application: Application,
  template: FileTemplate,
  values: Values,
  files: ReadonlyMap<string, readonly string[]>,
  problems: InputProblem[],
): string {
  const inputs = new Map(application.inputs.map(input => [input.name, input]))
  const outputs = new Map(
    application.outputs.flatMap(({ name, source }) =>
      source.kind === 'file' || source.kind === 'directory' ? [[name, source.name] as const] : [],
    ),
  )
  const refuse = (problem: InputProblem): void => {
    const again = problems.some(other => other.input === problem.input && other.rule === problem.rule)
    if (!again && problems.length < mostProblems) problems.push(problem)
  }
  const element = (input: Input, value: Value, index: number, part: ValuePart, shares: boolean): string => {
    const rendered: Rendered = isFile(value)
      ? fileName(files.get(input.name)?.[index] ?? '', part, template.quote)
      : fileText(input, value, part.format, template.quote, shares)
    if ('text' in rendered) return rendered.text
    refuse({ input: input.name, ...(isFile(value) ? {} : { value: shortened(String(value)) }), rule: rendered.problem })
    return ''
  }
  const inLine = (part: TemplatePart, turn: Turn | undefined, shares: boolean): string => {
    if (part.kind === 'literal') return part.text
    const output = outputs.get(part.name)
    if (output !== undefined) {
      const rendered = fileName(output, part, template.quote)
      if ('text' in rendered) return rendered.text
      refuse({ input: part.name, rule: rendered.problem })
      return ''
    }
    const input = inputs.get(part.name)
    const list = asList(givenValue(values, part.name))
    if (input === undefined) return ''
    const picked = turn?.list === part.name ? list[turn.index] : undefined
    if (picked !== undefined && turn !== undefined) return element(input, picked, turn.index, part, shares)
    // All its files have the one name of the directory.
    const named = input.isDirectory === true ? list.slice(0, 1) : list
    return named.map((value, index) => element(input, value, index, part, shares)).join(input.join ?? ' ')
  }

  const lines: string[] = []
  let bytes = 0
  for (const line of template.lines) {
    for (const turn of turnsOf(line, values, inputs, outputs)) {
      const text = line.parts.map(part => inLine(part, turn, line.parts.length > 1)).join('')
      bytes += Buffer.byteLength(text) + 1
      if (bytes > largest) {
        refuse({
          input: line.parts.find(part => part.kind === 'value')?.name ?? '',
          rule: 'makes a file of more than 16 MiB; upload a file instead',
        })
        return ''
      }
      lines.push(text)
    }
  }
  return lines.map(line => `${line.replace(/\r?\n$/, '')}\n`).join('')
}

type ValuePart = Extract<TemplatePart, { kind: 'value' }>

interface Turn {
  readonly list: string
  readonly index: number
}

/** Once, never, or once an element of the line's list. */
function turnsOf(
  line: FileLine,
  values: Values,
  inputs: ReadonlyMap<string, Input>,
  outputs: ReadonlyMap<string, string>,
): readonly (Turn | undefined)[] {
  if (line.when !== undefined && !holds(line.when, values)) return []
  const names = line.parts.flatMap(part => (part.kind === 'value' && !outputs.has(part.name) ? [part.name] : []))
  if (names.some(name => asList(givenValue(values, name)).length === 0)) return []
  const list = names.find(name => isOpenList(inputs.get(name)))
  if (list === undefined) return [undefined]
  return asList(givenValue(values, list)).map((_, index) => ({ list, index }))
}

function fileName(name: string, part: ValuePart, quote: FileTemplate['quote']): Rendered {
  const columns = part.format === undefined ? undefined : parseColumnFormat(part.format)
  return columns === undefined ? { text: quoteText(name, quote) } : setInColumns(columns, name)
}
