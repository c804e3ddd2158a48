import type { Command } from 'commander'
import { isFileParameter, type ServiceProxy } from '../../client/service-proxy.ts'
import { GridwrapError, type InputProblem } from '../../core/errors.ts'
import { plainValue } from '../../wsdl/plain-value.ts'
import type { XmlElement } from '../../xml/tree.ts'
import { parseXml } from '../../xml/xml-reader.ts'
import { type AnyServiceFlags, withAnyService } from '../any-service.ts'
import { fileParameter, splitWords } from '../input-words.ts'
import { print, UsageError } from '../terminal.ts'

export function addCall(program: Command): void {
  program
    .command('call <wsdl> <operation> [arguments...]')
    .summary('call an operation of any SOAP service')
    .description(
      'call an operation of any SOAP service; its WSDL is read at run time. WSDL: its address, a file, the name of a service of your container, or a job of yours',
    )
    .option('--anonymous', 'without a credential')
    .option('--endpoint <url>', 'another address than the WSDL gives')
    .option('--soap <version>', '1.1 or 1.2, where a service offers both')
    .option('--json', 'answer in JSON, as it always does')
    .addHelpText(
      'after',
      '\nArguments are name=value (a list by repeating the name), or one JSON object. gridwrap describe-service tells what there is to call. Where a service of\ngridwrap takes a file, name=FILE, name=URL or name=text:TEXT. Where any XML may stand (any), it is given as text.\n\n' +
        'Examples:\n  gridwrap call "https://localhost:8443/services/newstar?wsdl" listInstances\n' +
        '  gridwrap call "http://calc.example.org/calc?wsdl" add \'{"a": 1, "b": 2}\'',
    )
    .action(async (wsdl: string, operation: string, words: readonly string[], flags: AnyServiceFlags) => {
      const given = argumentsOf(words)
      const answer = await withAnyService(wsdl, flags, async proxy =>
        proxy.call<unknown>(operation, await withFiles(withMarkup(given), operation, proxy)),
      )
      print(JSON.stringify(plainValue(answer) ?? {}, undefined, 2))
    })
}

function argumentsOf(words: readonly string[]): Readonly<Record<string, unknown>> {
  const [first] = words
  if (first?.startsWith('{') === true && words.length === 1) {
    try {
      return JSON.parse(first) as Record<string, unknown>
    } catch (error) {
      throw new UsageError(`The arguments are no JSON: ${(error as Error).message}`)
    }
  }
  const values: Record<string, unknown> = {}
  for (const { name, value } of splitWords(words)) values[name] = name in values ? [values[name], value].flat() : value
  return values
}

/** Of the wildcard members (`any`) the text of XML, as XML. Throws UsageError for what is none. */
function withMarkup(given: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const visit = (value: unknown, name: string): unknown => {
    if (Array.isArray(value)) return (value as readonly unknown[]).map(one => visit(one, name))
    if (typeof value === 'object' && value !== null)
      return Object.fromEntries(Object.entries(value).map(([member, one]) => [member, visit(one, member)]))
    return name === 'any' && typeof value === 'string' ? [markup(value)] : value
  }
  return visit(given, '') as Readonly<Record<string, unknown>>
}

function markup(text: string): XmlElement {
  try {
    return parseXml(text)
  } catch (error) {
    throw new UsageError(`any takes XML, as '<name xmlns="urn:…">…</name>': ${(error as Error).message}.`)
  }
}

/** Words for inputs that are files, as `run` takes them. */
async function withFiles(
  given: Readonly<Record<string, unknown>>,
  operation: string,
  proxy: ServiceProxy,
): Promise<Readonly<Record<string, unknown>>> {
  const files = new Set(
    proxy
      .parameters(operation)
      .filter(isFileParameter)
      .map(one => one.name),
  )
  const problems: InputProblem[] = []
  const read = async (name: string, value: unknown): Promise<unknown> => {
    if (!files.has(name) || typeof value !== 'string') return value
    const file = await fileParameter(name, value, [])
    if ('rule' in file) problems.push(file)
    if ('upload' in file) problems.push({ input: name, value, rule: 'is too large for a message; use gridwrap run' })
    return file
  }
  const entries = Object.entries(given).map(async ([name, value]) => [
    name,
    Array.isArray(value) ? await Promise.all(value.map(one => read(name, one))) : await read(name, value),
  ])
  const parameters = Object.fromEntries(await Promise.all(entries)) as Record<string, unknown>
  if (problems.length > 0)
    throw new GridwrapError('invalid-input', 'The inputs are wrong.', { detail: { problem: problems } })
  return parameters
}
