import type { Application } from '../application/model.ts'
import { decodeRequest } from '../client/request-problems.ts'
import { judgedInputs } from '../dispatcher/judged-inputs.ts'
import { applicationContract } from '../wsdl/contract.ts'
import { applicationOperations } from '../wsdl/names.ts'
import { sortWords } from './input-words.ts'
import { UsageError } from './terminal.ts'

/**
 * Inputs as rules see them: of their types, with the defaults of those that are not given. Those that are missing though
 * the program needs them are missed by nobody here. `note` is told what the container would refuse.
 */
export async function inputsOfWords(
  application: Application,
  words: readonly string[],
  note: (text: string) => void,
): Promise<Readonly<Record<string, unknown>>> {
  const known = application.inputs.map(({ name, type, many }) => ({
    ...{ name, isFile: type === 'file', isList: many !== undefined },
  }))
  const { parameters, problems } = await sortWords(words, known, async (_name, value) => ({ text: value }))
  const contract = applicationContract(application)
  const decoded = decodeRequest(contract, applicationOperations(application.name).run, parameters)
  const given = Object.fromEntries(Object.entries(decoded.value).filter(([name]) => Object.hasOwn(parameters, name)))
  for (const { input, rule } of [...problems, ...decoded.problems])
    if (!application.inputs.some(one => one.name === input) || Object.hasOwn(parameters, input))
      note(`${application.name}: ${input}: ${rule}.`)
  const defaults = Object.fromEntries(
    application.inputs.flatMap(({ name, default: value }) => (value === undefined ? [] : [[name, value]])),
  )
  return judgedInputs(application, { ...defaults, ...given }, { partial: true })
}

/** The same of an application that is not known here: the types are what the words look like. */
export function looseParameters(words: readonly string[], option: string): Readonly<Record<string, unknown>> {
  const parameters: Record<string, unknown[]> = {}
  for (const word of words) {
    const [, name, value] = /^([A-Za-z_][A-Za-z0-9_-]*)=(.*)$/s.exec(word) ?? []
    if (name === undefined || value === undefined) throw new UsageError(`${option}: "${word}" is not like name=value.`)
    parameters[name] = [...(parameters[name] ?? []), looseValue(value)]
  }
  return Object.fromEntries(
    Object.entries(parameters).map(([name, values]) => [name, values.length === 1 ? values[0] : values]),
  )
}

function looseValue(text: string): unknown {
  if (/^-?\d{1,18}$/.test(text)) return BigInt(text)
  if (/^-?\d+\.\d+(?:e[+-]?\d+)?$/i.test(text)) return Number(text)
  return text === 'true' ? true : text === 'false' ? false : text
}
