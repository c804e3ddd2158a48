import type { DraftFields, DraftValue } from '../draft.ts'
import type { PythonArgument } from './python-module.ts'

/** An argument as an input, and the Python text by which its value is handed over; or why it has none. */
export type Argument =
  | {
      readonly fields: DraftFields
      readonly text: string
      /** Lines before the call: an empty list has no place in the line of the call, which would be left out with it. */
      readonly before: readonly string[]
    }
  | { readonly problem: string }

const scalars: Readonly<Record<string, string>> = { int: 'integer', float: 'number', str: 'string', bool: 'boolean' }

/** `Optional[int]`, `int | None` → `int`; whether it may be None. */
function withoutNone(annotation: string): { readonly type: string; readonly optional: boolean } {
  const [, inOptional] = /^(?:typing\.)?Optional\[(.*)\]$/.exec(annotation) ?? []
  if (inOptional !== undefined) return { type: inOptional, optional: true }
  const [, before, after] = /^(?:None \| (.*)|(.*) \| None)$/.exec(annotation) ?? []
  const type = before ?? after
  return type === undefined ? { type: annotation, optional: false } : { type, optional: true }
}

/** How an annotated argument is said in a description. `input`: the name that it has there. */
export function argumentOf(argument: PythonArgument, input: string): Argument {
  const { annotation } = argument
  if (annotation === null) return { problem: `${argument.name} has no annotation` }
  const { type, optional } = withoutNone(annotation)
  const found = typeOf(type, input)
  if (found === undefined) return { problem: `${argument.name} is a ${annotation}, which no caller of a service has` }
  const given = argument.default === undefined ? {} : defaultOf(argument.default, optional)
  if (given === undefined) return { problem: `the default of ${argument.name} is computed` }
  const isOptional = 'optional' in given || (optional && argument.default === undefined)
  return {
    fields: { ...found.fields, ...given, ...(isOptional ? { optional: true } : {}) },
    text: found.text,
    before: found.before ?? [],
  }
}

interface Typed {
  readonly fields: DraftFields
  readonly text: string
  readonly before?: readonly string[]
}

function typeOf(type: string, input: string): Typed | undefined {
  const scalar = scalars[type]
  // A boolean is written as true or false, which Python spells otherwise.
  if (scalar === 'boolean') return { fields: { type: scalar }, text: `("{${input}}" == "true")` }
  // No program is involved that could take it for an option.
  if (scalar === 'string') return { fields: { type: scalar, pattern: '.*' }, text: `{${input}}` }
  if (scalar !== undefined) return { fields: { type: scalar }, text: `{${input}}` }
  if (/^(?:pathlib\.)?Path$|^os\.PathLike(?:\[str\])?$/.test(type))
    return { fields: { type: 'file' }, text: `__import__("pathlib").Path({${input}})` }
  const [, element] =
    /^(?:typing\.)?(?:[Ll]ist|Sequence|Iterable|collections\.abc\.Sequence)\[(\w+)\]$/.exec(type) ?? []
  const of = element === undefined ? undefined : scalars[element]
  if (of !== undefined && of !== 'boolean')
    return {
      fields: { type: of, many: '0..10000', join: ',' },
      text: `_list_${input}`,
      before: [`_list_${input} = []`, `[${input}? _list_${input} = [{${input}}]]`],
    }
  const [, words] = /^(?:typing\.)?Literal\[(.*)\]$/.exec(type) ?? []
  const values = words === undefined ? undefined : literals(words)
  return values === undefined ? undefined : { fields: { type: 'choice', values }, text: `{${input}}` }
}

/** `'a', 'b'` → a, b; undefined when there is something else. */
function literals(text: string): readonly string[] | undefined {
  const words = [...text.matchAll(/'([^'\\]*)'(?:, |$)/g)]
  return words.map(([whole]) => whole).join('') === text && words.length > 0
    ? words.map(([, word]) => word ?? '')
    : undefined
}

type Default = NonNullable<PythonArgument['default']>

/** A default of None is an input that may be left out; one that is no plain value cannot be said. */
function defaultOf(given: Default, mayBeNone: boolean): DraftFields | undefined {
  if (!('value' in given)) return undefined
  const { value } = given
  if (value === null) return mayBeNone ? { optional: true } : undefined
  if (['string', 'number', 'boolean'].includes(typeof value)) return { default: value as DraftValue }
  if (Array.isArray(value)) return value.length === 0 ? { optional: true } : { default: value as DraftValue[] }
  return undefined
}

/** What a function returns, as an output read out of the lines that begin with the mark; and the Python that prints them. */
export function returnOf(
  annotation: string | null,
): { readonly outputs: Readonly<Record<string, DraftFields>>; readonly print: string } | { readonly problem: string } {
  if (annotation === null || annotation === 'None') return { outputs: {}, print: '_result = {call}' }
  const type = withoutNone(annotation)
  const from = { from: 'stdout', match: `^${mark} (.*)$` }
  const optional = type.optional ? { optional: true } : {}
  const [, element] =
    /^(?:typing\.)?(?:[Ll]ist|Sequence|Iterable|[Tt]uple)\[(\w+)(?:, \.\.\.)?\]$/.exec(type.type) ?? []
  const scalar = scalars[element ?? type.type]
  if (scalar !== undefined) {
    const kind = scalar === 'boolean' ? 'string' : scalar
    const each = element === undefined ? `([] if _result is None else [_result])` : `(_result or [])`
    return {
      outputs: {
        result: { type: kind, ...from, ...(element === undefined ? optional : { many: true, optional: true }) },
      },
      print: `_result = {call}\n_session.give(${each})`,
    }
  }
  // Whatever it is: as JSON, if it can be.
  return {
    outputs: { result: { type: 'string', ...from, help: `JSON of a ${annotation}` } },
    print: `_result = {call}\n_session.give([__import__("json").dumps(_result, allow_nan=False)])`,
  }
}

/** Before the results (services/python/session.py). */
const mark = '=>'
