import type { Condition, Input, Value, Values } from './model.ts'

/** Reads `x`, `!x` or `mode=fast`; undefined when it is none of these. */
export function parseCondition(text: string): Condition | undefined {
  const match = /^(!?)([A-Za-z][A-Za-z0-9_]*)(?:=(\S.{0,99}))?$/.exec(text.trim())
  const [, not, input, equals] = match ?? []
  if (input === undefined) return undefined
  return { input, negated: not === '!', equals: equals?.trimEnd() }
}

export const describeCondition = (condition: Condition): string =>
  `${condition.negated ? '!' : ''}${condition.input}${condition.equals === undefined ? '' : `=${condition.equals}`}`

/** The value of an input, never something inherited from Object. */
export const givenValue = (values: Values, name: string): Value | readonly Value[] | undefined =>
  Object.hasOwn(values, name) ? values[name] : undefined

/** Whether a value counts as given: a boolean when it is true, a list when it is not empty, anything else when it is there. */
export const isGiven = (value: Value | readonly Value[] | undefined): boolean =>
  typeof value === 'boolean' ? value : Array.isArray(value) ? value.length > 0 : value !== undefined

export function holds(condition: Condition, values: Values): boolean {
  const value = givenValue(values, condition.input)
  const yes =
    condition.equals === undefined
      ? isGiven(value)
      : value !== undefined && typeof value !== 'object' && equalsText(value, condition.equals)
  return yes !== condition.negated
}

const equalsText = (value: Value, text: string): boolean =>
  typeof value === 'number' ? value === Number(text) : String(value) === text

/** What is wrong with a condition on this input; undefined when it can hold. */
export function conditionProblem(condition: Condition, input: Input): string | undefined {
  const { equals } = condition
  if (equals === undefined) return undefined
  if (input.many !== undefined) return `${input.name} is a list; only ${input.name} or !${input.name} can be asked`
  if (input.type === 'file' || input.type === 'text')
    return `${input.name} is a ${input.type}; only ${input.name} or !${input.name} can be asked`
  if (input.type === 'choice') {
    const says = input.values?.map(v => v.say) ?? []
    return says.includes(equals) ? undefined : `${input.name} is never "${equals}"; it is one of ${says.join(', ')}`
  }
  if (input.type === 'boolean') return /^(true|false)$/.test(equals) ? undefined : `${input.name} is true or false`
  if (input.type === 'integer') return /^(0|-?[1-9]\d{0,18})$/.test(equals) ? undefined : `${input.name} is an integer`
  if (input.type === 'number') return Number.isFinite(Number(equals)) ? undefined : `${input.name} is a number`
  return undefined
}

/** Whether a value of this input is several words: a list that is neither joined nor a directory. */
export const isOpenList = (input: Input | undefined): boolean =>
  input?.many !== undefined && input.join === undefined && input.isDirectory !== true

/** Whether an input can be without a value in a run that passed the checks. */
export const mayBeAbsent = (input: Input): boolean =>
  (input.optional && input.default === undefined) ||
  input.when !== undefined ||
  (input.many !== undefined && (input.many.min ?? 0) === 0)
