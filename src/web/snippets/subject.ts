import type { Application, Input, Output } from '../../application/model.ts'

/** One value of an example, as every language can write it. */
export type ExampleValue =
  | { readonly kind: 'text'; readonly text: string }
  /** One of a few words. */
  | { readonly kind: 'choice'; readonly text: string }
  | { readonly kind: 'number'; readonly text: string }
  /** `int`: whether its bounds are those of 32 bits, or within. */
  | { readonly kind: 'integer'; readonly text: string; readonly int: boolean }
  | { readonly kind: 'boolean'; readonly value: boolean }
  /** A file whose content is said on the spot. */
  | { readonly kind: 'inline'; readonly text: string }
  /** A file of the caller. */
  | { readonly kind: 'file'; readonly name: string }

export interface ExampleInput {
  readonly name: string
  /** Whether the input takes a list. */
  readonly many: boolean
  /** Whether it must be there, by the contract. */
  readonly required: boolean
  readonly values: readonly ExampleValue[]
}

/** What an example is made from: the real parameters of one application. */
export interface SnippetSubject {
  readonly name: string
  readonly namespace: string
  /** Of the factory. */
  readonly url: string
  readonly inputs: readonly ExampleInput[]
  /** What it prints: values, and the addresses of files. */
  readonly values: readonly { readonly name: string; readonly many: boolean; readonly whole: boolean }[]
  readonly files: readonly { readonly name: string; readonly many: boolean }[]
}

const mostShown = 3
const mostInline = 400

/** The inputs are those of the description's first test that ends well; without one, what must be there, with values that may. */
export function snippetSubject(application: Application, namespace: string, url: string): SnippetSubject {
  const tested = application.tests.find(({ fails, operation }) => fails === undefined && operation === undefined)?.run
  const inputs = application.inputs.flatMap(input => {
    const given = tested?.[input.name]
    if (given !== undefined) return [exampleOf(input, Array.isArray(given) ? (given as unknown[]) : [given])]
    return isRequired(input) ? [exampleOf(input, [undefined])] : []
  })
  const outputs = application.outputs.filter(({ optional }) => !optional)
  return {
    name: application.name,
    namespace,
    url,
    inputs,
    values: outputs.flatMap(shownValue).slice(0, mostShown),
    files: outputs.flatMap(shownFile).slice(0, mostShown),
  }
}

/** As the contract has it (src/wsdl/input-elements.ts). */
const isRequired = ({ optional, default: usual, many }: Input): boolean =>
  !optional && usual === undefined && many?.min !== 0

const shownValue = ({ name, source }: Output): SnippetSubject['values'] =>
  source.kind === 'value' ? [{ name, many: source.many, whole: source.type === 'integer' }] : []

const shownFile = ({ name, source }: Output): SnippetSubject['files'] =>
  source.kind === 'value' ? [] : [{ name, many: source.kind === 'files' || source.kind === 'directory' }]

const exampleOf = (input: Input, values: readonly unknown[]): ExampleInput => ({
  name: input.name,
  many: input.many !== undefined,
  required: isRequired(input),
  values: values.map(value => exampleValue(input, value)),
})

function exampleValue(input: Input, value: unknown): ExampleValue {
  switch (input.type) {
    case 'file':
      return exampleFile(input, value)
    case 'boolean':
      return { kind: 'boolean', value: value === true }
    case 'integer':
      return { kind: 'integer', text: numberText(input, value), int: isInt(input) }
    case 'number':
      return { kind: 'number', text: numberText(input, value) }
    case 'choice':
      return { kind: 'choice', text: value === undefined ? (input.values?.[0]?.say ?? '') : String(value) }
    case 'string':
    case 'text':
      return { kind: 'text', text: value === undefined ? 'text' : String(value) }
  }
}

const numberText = ({ range }: Input, value: unknown): string =>
  value === undefined ? String(range?.min ?? 1) : String(value)

const isInt = ({ range }: Input): boolean =>
  range?.min !== undefined && range.max !== undefined && range.min >= -(2 ** 31) && range.max < 2 ** 31

function exampleFile({ name, fileName }: Input, value: unknown): ExampleValue {
  if (typeof value === 'string') return { kind: 'file', name: value.replace(/^.*\//, '') }
  const text = (value as { readonly text?: unknown } | undefined)?.text
  if (typeof text === 'string' && text.length <= mostInline) return { kind: 'inline', text }
  return { kind: 'file', name: fileName === undefined || fileName.includes('*') ? `${name}.txt` : fileName }
}
