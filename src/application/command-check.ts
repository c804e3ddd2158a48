import { didYouMean } from '../core/did-you-mean.ts'
import type { ParsedCommand, TemplateProblem } from './command-template.ts'
import { conditionProblem, isOpenList, mayBeAbsent } from './conditions.ts'
import { programTextProblem } from './interpreters.ts'
import type { Condition, Input, Output, TemplatePart, TemplateWord } from './model.ts'
import { shortened } from './names.ts'

/** The names that a template may use. */
export interface TemplateScope {
  readonly inputs: ReadonlyMap<string, Input>
  readonly outputs: ReadonlyMap<string, Output>
}

type Report = (column: number, message: string, hint?: string) => void

/** Whether every name of a command means something there, and no value can be without a place or a place without its value. */
export function checkCommand(parsed: ParsedCommand, scope: TemplateScope): TemplateProblem[] {
  const problems: TemplateProblem[] = []
  const report: Report = (column, message, hint) =>
    problems.push({ column: column + 1, message, ...(hint === undefined ? {} : { hint }) })
  const column = (node: TemplatePart | TemplateWord): number => parsed.columns.get(node) ?? 0

  const [program] = parsed.words
  if (program !== undefined && (program.kind === 'group' || program.parts.some(part => part.kind === 'value')))
    report(0, 'the program itself is chosen by a value', 'the first word is fixed; begin with the name of the program')
  else if (program?.kind === 'word' && program.parts.every(part => part.kind === 'literal' && part.text === ''))
    report(0, 'the name of the program is empty', 'begin with the name of the program')

  const visit = (words: readonly TemplateWord[], inGroup: boolean, repeated: boolean): void => {
    for (const word of words) {
      if (word.kind === 'word') {
        for (const part of word.parts) {
          if (part.kind === 'value') checkValue(part, word, inGroup, repeated, scope, column(part), report)
        }
        continue
      }
      checkGroup(word, repeated, scope, column(word), report)
      visit(word.words, true, repeated || word.repeat)
    }
  }
  visit(parsed.words, false, false)
  const text = programTextProblem(parsed.words)
  if (text !== undefined) report(column(text.word), text.message, text.hint)
  return problems
}

function checkValue(
  part: Extract<TemplatePart, { kind: 'value' }>,
  word: Extract<TemplateWord, { kind: 'word' }>,
  inGroup: boolean,
  repeated: boolean,
  scope: TemplateScope,
  column: number,
  report: Report,
): void {
  const { name } = part
  const output = scope.outputs.get(name)
  if (output !== undefined) {
    const wrong = outputProblem(output)
    if (wrong !== undefined) report(column, wrong.message, wrong.hint)
    return
  }
  const input = scope.inputs.get(name)
  if (input === undefined) {
    reportUnknown(name, scope, column, report)
    return
  }
  if (isOpenList(input) && word.parts.length > 1 && !repeated)
    report(
      column,
      `${name} is a list and stands inside a word`,
      `say join: ',' at ${name}, or let {${name}} be a word of its own`,
    )
  if (mayBeAbsent(input) && !inGroup)
    report(
      column,
      `${name} may have no value, and then its word would be missing`,
      `write [-option {${name}}], or give ${name} a default`,
    )
}

/** Why the name of this output cannot stand in a template; undefined when it can. */
export function outputProblem(output: Output): { message: string; hint: string } | undefined {
  const { source, name } = output
  if (source.kind === 'stream')
    return {
      message: `${name} is the ${source.stream} of the program and has no file name`,
      hint: `leave {${name}} out`,
    }
  if (source.kind === 'files')
    return {
      message: `${name} is every file like ${source.pattern} and has no one name`,
      hint: 'write the part of the name that the program wants',
    }
  if (source.kind === 'value')
    return { message: `${name} is a value read out of ${source.from}, not a file`, hint: `write {${source.from}}` }
  return undefined
}

function checkGroup(
  group: Extract<TemplateWord, { kind: 'group' }>,
  repeated: boolean,
  scope: TemplateScope,
  column: number,
  report: Report,
): void {
  if (group.when !== undefined) checkWhen(group.when, scope, column, report)
  const names = namesIn(group.words)
  if (group.words.length === 0) report(column, 'the group is empty', 'leave the brackets out')
  else if (
    group.when === undefined &&
    !names.some(name => scope.inputs.has(name)) &&
    names.every(name => scope.outputs.has(name))
  )
    report(
      column,
      'a group without a condition and without the value of an input is always there',
      'leave the brackets out, or write [x? ...]',
    )
  if (!group.repeat) return
  const lists = new Set(names.filter(name => isOpenList(scope.inputs.get(name))))
  if (repeated) report(column, 'a repeated group stands in a repeated group', 'repeat only the inner one')
  else if (lists.size !== 1)
    report(
      column,
      lists.size === 0
        ? 'the repeated group holds no list'
        : `the repeated group holds the lists ${[...lists].join(' and ')}`,
      lists.size === 0 ? 'leave "..." out, or use an input with many and without join' : 'one list a group',
    )
}

/** Whether a condition speaks of an input, and of a value that it can have. */
export function checkWhen(when: Condition, scope: Pick<TemplateScope, 'inputs'>, column: number, report: Report): void {
  const input = scope.inputs.get(when.input)
  if (input === undefined) {
    const near = didYouMean(when.input, scope.inputs.keys())
    report(
      column,
      `no input is called "${shortened(when.input)}"`,
      near === undefined ? 'a condition asks for an input' : `did you mean ${near}?`,
    )
    return
  }
  const wrong = conditionProblem(when, input)
  if (wrong !== undefined) report(column, wrong)
}

export function reportUnknown(name: string, scope: TemplateScope, column: number, report: Report): void {
  const near = didYouMean(name, [...scope.inputs.keys(), ...scope.outputs.keys()])
  report(
    column,
    `{${shortened(name)}} names no input and no output`,
    near === undefined ? `add ${shortened(name)} under inputs or outputs` : `did you mean {${near}}?`,
  )
}

/** The names of all values in these words, groups included. */
export const namesIn = (words: readonly TemplateWord[]): string[] =>
  words.flatMap(word =>
    word.kind === 'group'
      ? namesIn(word.words)
      : word.parts.flatMap(part => (part.kind === 'value' ? [part.name] : [])),
  )
