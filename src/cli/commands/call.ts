import type { Command } from 'commander'
import { plainValue } from '../../wsdl/plain-value.ts'
import { type AnyServiceFlags, withAnyService } from '../any-service.ts'
import { splitWords } from '../input-words.ts'
import { print, UsageError } from '../terminal.ts'

export function addCall(program: Command): void {
  program
    .command('call <wsdl> <operation> [arguments...]')
    .summary('call an operation of any SOAP service')
    .description(
      'call an operation of any SOAP service; its WSDL is read at run time. WSDL: its address, a file, or the name of a service of your container',
    )
    .option('--anonymous', 'without a credential')
    .option('--endpoint <url>', 'another address than the WSDL gives')
    .option('--soap <version>', '1.1 or 1.2, where a service offers both')
    .option('--json', 'answer in JSON, as it always does')
    .addHelpText(
      'after',
      '\nArguments are name=value, or one JSON object. gridwrap describe-service tells what there is to call.\n\n' +
        'Examples:\n  gridwrap call "https://localhost:8443/services/newstar?wsdl" listInstances\n' +
        '  gridwrap call "http://calc.example.org/calc?wsdl" add \'{"a": 1, "b": 2}\'',
    )
    .action(async (wsdl: string, operation: string, words: readonly string[], flags: AnyServiceFlags) => {
      const given = argumentsOf(words)
      const answer = await withAnyService(wsdl, flags, proxy => proxy.call<unknown>(operation, given))
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
