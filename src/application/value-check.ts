import { didYouMean } from '../core/did-you-mean.ts'
import type { InputProblem } from '../core/errors.ts'
import { formatSize } from '../core/quantities.ts'
import { transferUrlProblem } from '../core/transfer-url.ts'
import { compileExpression } from './expression.ts'
import { baseName, isSafeFileName } from './file-names.ts'
import type { FileValue, Input, Range, Value } from './model.ts'
import { shortened } from './names.ts'
import { describeRange, fitsLong, within } from './ranges.ts'

const longestText = 1024 * 1024
const longestString = 1000
const longestList = 100_000
const mostProblemsOfAList = 20

/** What one value comes to: the value to run with, or what is wrong with it. */
export interface Checked {
  readonly value: Value | Value[] | undefined
  readonly problems: InputProblem[]
}

/** Checks one given value, or list, against its input. A single value is taken for a list of one. */
export function checkInput(input: Input, raw: unknown): Checked {
  if (input.many === undefined) {
    if (!Array.isArray(raw)) return checkElement(input, raw)
    if (raw.length === 1) return checkElement(input, raw[0])
    return refused(input, undefined, `takes one value, and ${raw.length} were given`)
  }
  const list: readonly unknown[] = Array.isArray(raw) ? raw : [raw]
  const most: Range<number> = { min: input.many.min, max: Math.min(input.many.max ?? longestList, longestList) }
  if (!within(list.length, most))
    return refused(input, undefined, `takes ${describeRange(most)} values, and ${list.length} were given`)
  const problems: InputProblem[] = []
  const value: Value[] = []
  for (const [i, element] of list.entries()) {
    const checked = checkElement(input, element)
    for (const problem of checked.problems) {
      if (problems.length < mostProblemsOfAList)
        problems.push({ ...problem, rule: `${problem.rule} (element ${i + 1})` })
    }
    if (checked.value !== undefined && !Array.isArray(checked.value)) value.push(checked.value)
  }
  return { value: problems.length > 0 ? undefined : value, problems }
}

const refused = (input: Input, value: unknown, rule: string, accepted?: readonly string[]): Checked => {
  const told = value === undefined ? undefined : typeof value === 'object' ? 'a file' : shortened(String(value))
  const problem = { input: input.name, rule, ...(told === undefined ? {} : { value: told }) }
  return { value: undefined, problems: [accepted === undefined ? problem : { ...problem, accepted }] }
}

function checkElement(input: Input, raw: unknown): Checked {
  switch (input.type) {
    case 'integer':
      return checkInteger(input, raw)
    case 'number':
      return checkNumber(input, raw)
    case 'boolean':
      return typeof raw === 'boolean' ? good(raw) : refused(input, raw, 'must be true or false', ['true', 'false'])
    case 'choice':
      return checkChoice(input, raw)
    case 'string':
    case 'text':
      return checkString(input, raw)
    case 'file':
      return checkFile(input, raw)
  }
}

const good = (value: Value): Checked => ({ value, problems: [] })

function checkInteger(input: Input, raw: unknown): Checked {
  const value =
    typeof raw === 'bigint' ? raw : typeof raw === 'number' && Number.isSafeInteger(raw) ? BigInt(raw) : undefined
  if (value === undefined) return refused(input, raw, 'must be an integer')
  if (!fitsLong(value)) return refused(input, raw, 'must be an integer of at most 64 bits')
  // A description gives an integer bounds that are integers.
  const range = input.range as Range<bigint> | undefined
  return within(value, range) ? good(value) : refused(input, raw, `must be ${describe(range)}${unit(input)}`)
}

function checkNumber(input: Input, raw: unknown): Checked {
  const value = typeof raw === 'bigint' ? Number(raw) : raw
  if (typeof value !== 'number' || (typeof raw === 'bigint' && BigInt(Number(raw)) !== raw))
    return refused(input, raw, 'must be a number')
  if (!Number.isFinite(value)) return refused(input, raw, 'must be a finite number')
  const range = input.range as Range<number> | undefined
  return within(value, range) ? good(value) : refused(input, raw, `must be ${describe(range)}${unit(input)}`)
}

const describe = (range: Range<number> | Range<bigint> | undefined): string =>
  range === undefined ? 'any number' : describeRange(range)
const unit = (input: Input): string => (input.unit === undefined ? '' : ` ${input.unit}`)

function checkChoice(input: Input, raw: unknown): Checked {
  const says = input.values?.map(v => v.say) ?? []
  if (typeof raw === 'string' && says.includes(raw)) return good(raw)
  const near = typeof raw === 'string' ? didYouMean(raw, says) : undefined
  return refused(
    input,
    raw,
    near === undefined
      ? 'must be one of the accepted values'
      : `must be one of the accepted values; did you mean ${near}?`,
    says.slice(0, 50),
  )
}

function checkString(input: Input, raw: unknown): Checked {
  if (typeof raw !== 'string') return refused(input, raw, 'must be a text')
  const text = input.type === 'text'
  // Before anything is counted: a text that is far too long is not looked at.
  if (raw.length > longestText)
    return refused(input, raw, `must be at most ${text ? formatSize(longestText) : `${longestString} characters`}`)
  if (/\p{Cs}/u.test(raw)) return refused(input, raw, 'must be whole characters (it holds a lone surrogate)')
  const control = (text ? /[^\P{Cc}\t\n\r]/u : /\p{Cc}|[\u2028\u2029]/u).exec(raw)?.[0]
  if (control === '\n' || control === '\r' || control === '\u2028' || control === '\u2029')
    return refused(input, raw, 'must be one line')
  if (control !== undefined) return refused(input, raw, `must not hold control characters (U+${hex(control)})`)
  if (text && Buffer.byteLength(raw) > longestText)
    return refused(input, raw, `must be at most ${formatSize(longestText)}`)
  const length: Range<number> = { min: input.length?.min, max: input.length?.max ?? (text ? undefined : longestString) }
  const characters = [...raw].length
  if (!within(characters, length))
    return refused(input, raw, `must have ${describeRange(length)} characters, and has ${characters}`)
  if (input.pattern !== undefined) {
    return compileExpression(input.pattern).matcher(raw).matches()
      ? good(raw)
      : refused(input, raw, `must be like ${input.pattern}`)
  }
  return !text && raw.startsWith('-')
    ? refused(input, raw, 'must not begin with - (a program would take it for an option)')
    : good(raw)
}

const hex = (character: string): string => (character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')

function checkFile(input: Input, raw: unknown): Checked {
  if (!isFileValue(raw)) return refused(input, raw, 'must be a file')
  const { file, name } = raw
  if (file.kind === 'url') {
    const problem = transferUrlProblem(file.url)
    if (problem !== undefined) return refused(input, file.url, problem)
  }
  const size =
    file.kind === 'text'
      ? Buffer.byteLength(file.text)
      : file.kind === 'bytes'
        ? file.bytes.length
        : file.kind === 'spooled'
          ? file.size
          : undefined
  if (size !== undefined && !within(size, input.size))
    return refused(input, name, `must have ${describeSizes(input.size)}, and has ${formatSize(size)}`)
  const { fileName } = input
  if (fileName?.startsWith('*') !== true || name === undefined) return good(raw)
  const base = baseName(name)
  if (!base.endsWith(fileName.slice(1)) || base.length <= fileName.length - 1)
    return refused(input, name, `must be called like ${fileName}`)
  if (!isSafeFileName(base))
    return refused(
      input,
      name,
      'must have a name of letters, digits and . _ + - that begins with a letter, a digit or _ (at most 100)',
    )
  return good(raw)
}

const describeSizes = (range: Range<number> | undefined): string => {
  const [min, max] = [range?.min, range?.max]
  if (min === undefined) return `at most ${formatSize(max ?? 0)}`
  return max === undefined ? `at least ${formatSize(min)}` : `${formatSize(min)} to ${formatSize(max)}`
}

function isFileValue(raw: unknown): raw is FileValue {
  if (typeof raw !== 'object' || raw === null || !('file' in raw)) return false
  const { file } = raw
  return (
    typeof file === 'object' &&
    file !== null &&
    'kind' in file &&
    (!('name' in raw) || raw.name === undefined || typeof raw.name === 'string')
  )
}
