import { checkGivenInputs, checkInputs } from '../application/input-check.ts'
import type { Application, FileValue } from '../application/model.ts'
import { withCallerFiles } from './caller-files.ts'

/**
 * The inputs of a call as rules see them: as the program will get them, with defaults. Inputs that are wrong are left
 * as they came: the call ends with all problems at once, whoever asks.
 */
export function judgedInputs(
  application: Application,
  given: Readonly<Record<string, unknown>>,
  { partial }: { readonly partial: boolean },
): Record<string, unknown> {
  const inputs = withCallerFiles(application, given)
  const { values, problems } = (partial ? checkGivenInputs : checkInputs)(application, inputs)
  return ruleValues(problems.length > 0 ? inputs : values)
}

/** Of files what they are called and how large they are; where they lie is nobody's business. */
export const ruleValues = (values: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.map(ruleValue) : ruleValue(value),
    ]),
  )

function ruleValue(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('file' in value)) return value
  const { file, name } = value as FileValue
  const named = name === undefined ? {} : { name }
  switch (file.kind) {
    case 'text':
      return { kind: 'content', ...named, bytes: BigInt(Buffer.byteLength(file.text)) }
    case 'bytes':
      return { kind: 'content', ...named, bytes: BigInt(file.bytes.length) }
    case 'spooled':
      return { kind: 'content', ...named, bytes: BigInt(file.size) }
    case 'url':
      return { kind: file.kind, ...named, url: file.url }
    default:
      return { kind: file.kind, ...named }
  }
}
