import { didYouMean } from '../core/did-you-mean.ts'
import type { InputProblem } from '../core/errors.ts'
import { describeCondition, givenValue, holds, isGiven } from './conditions.ts'
import { placeInputFiles } from './input-files.ts'
import type { Application, GroupRule, Input, Value, Values } from './model.ts'
import { shortened } from './names.ts'
import { renderRun } from './run-plan.ts'
import { checkInput } from './value-check.ts'

/**
 * Checks what a caller gave against an application: names, types, ranges, conditions, rules, file names and what the
 * values come to in the command and in the files. Defaults are filled in. All problems come at once; the values are
 * those to run with only when there is none.
 */
export function checkInputs(
  application: Application,
  raw: Readonly<Record<string, unknown>>,
): { values: Values; problems: InputProblem[] } {
  const { values, problems } = checkGivenInputs(application, raw)
  const failed = new Set(problems.map(problem => problem.input))
  // Conditions ask for inputs that have none, so their defaults come first.
  const inOrder = application.inputs.toSorted((a, b) => Number(a.when !== undefined) - Number(b.when !== undefined))
  for (const input of inOrder) applyPresence(input, values, failed, problems)
  for (const rule of application.rules) {
    if (rule.inputs.every(name => !failed.has(name))) checkRule(rule, values, problems)
  }
  if (problems.length === 0) problems.push(...placeInputFiles(application, values).problems)
  if (problems.length === 0) problems.push(...renderRun(application, values).problems)
  return { values, problems }
}

/** Checks each given value by itself: for inputs that are not complete yet. */
export function checkGivenInputs(
  application: Application,
  raw: Readonly<Record<string, unknown>>,
): { values: Record<string, Value | readonly Value[]>; problems: InputProblem[] } {
  const problems = unknownNames(application, raw)
  const values: Record<string, Value | readonly Value[]> = {}
  for (const input of application.inputs) {
    const given = Object.hasOwn(raw, input.name) ? raw[input.name] : undefined
    if (given === undefined || given === null || (Array.isArray(given) && given.length === 0 && takesNone(input)))
      continue
    const { value, problems: wrong } = checkInput(input, given)
    problems.push(...wrong)
    if (value !== undefined) values[input.name] = value
  }
  return { values, problems }
}

const takesNone = (input: Input): boolean => input.many !== undefined && (input.many.min ?? 0) === 0

function unknownNames(application: Application, raw: Readonly<Record<string, unknown>>): InputProblem[] {
  const names = application.inputs.map(input => input.name)
  return Object.keys(raw)
    .filter(name => raw[name] !== undefined && !names.includes(name))
    .slice(0, 20)
    .map(name => {
      const near = didYouMean(name, names)
      return {
        input: shortened(name),
        rule: `${application.name} has no input of this name${near === undefined ? '' : `; did you mean ${near}?`}`,
        accepted: names,
      }
    })
}

function applyPresence(
  input: Input,
  values: Record<string, Value | readonly Value[]>,
  failed: ReadonlySet<string>,
  problems: InputProblem[],
): void {
  const { when, name } = input
  if (failed.has(name) || (when !== undefined && failed.has(when.input))) return
  const given = givenValue(values, name)
  if (when !== undefined && !holds(when, values)) {
    if (isGiven(given)) problems.push({ input: name, rule: `is taken only when ${describeCondition(when)}` })
    delete values[name]
    return
  }
  if (given !== undefined) return
  if (input.default !== undefined) values[name] = input.default
  else if (!input.optional && !takesNone(input))
    problems.push({
      input: name,
      rule: when === undefined ? 'is missing' : `is missing, and wanted when ${describeCondition(when)}`,
      ...(input.values === undefined ? {} : { accepted: input.values.map(value => value.say).slice(0, 50) }),
    })
}

function checkRule(rule: GroupRule, values: Values, problems: InputProblem[]): void {
  const given = rule.inputs.filter(name => isGiven(givenValue(values, name)))
  const all = rule.inputs.join(', ')
  const [first = all] = given
  const told =
    given.length === 0 ? 'none was given' : `${given.join(', ')} ${given.length === 1 ? 'was' : 'were'} given`
  if (rule.kind === 'one of' && given.length !== 1)
    problems.push({
      input: given.length === 0 ? (rule.inputs[0] ?? all) : first,
      rule: `give exactly one of ${all}; ${told}`,
      accepted: rule.inputs,
    })
  if (rule.kind === 'at most one of' && given.length > 1)
    problems.push({ input: first, rule: `give at most one of ${all}; ${told}`, accepted: rule.inputs })
  if (rule.kind === 'all or none of' && given.length > 0 && given.length < rule.inputs.length)
    problems.push({ input: first, rule: `give all of ${all}, or none; ${told}`, accepted: rule.inputs })
}
