import type { Command } from 'commander'
import { type DescribedMember, DescribedTypes, membersText } from '../../client/described-types.ts'
import type { ServiceProxy } from '../../client/service-proxy.ts'
import { type AnyServiceFlags, withAnyService } from '../any-service.ts'
import { print } from '../terminal.ts'

interface DescribedOperation {
  readonly name: string
  readonly documentation: string | undefined
  readonly address: string
  readonly binding: string
  readonly request: readonly DescribedMember[]
  /** Undefined where nothing comes back. */
  readonly answer: readonly DescribedMember[] | undefined
}

export function addDescribeService(program: Command): void {
  program
    .command('describe-service <wsdl>')
    .summary('what any SOAP service can be asked')
    .description(
      'what any SOAP service can be asked, with which types; its WSDL is read at run time. WSDL: its address, a file, or the name of a service of your container',
    )
    .option('--anonymous', 'without a credential')
    .option('--soap <version>', '1.1 or 1.2, where a service offers both')
    .option('--json', 'answer in JSON')
    .addHelpText(
      'after',
      '\nname?: may be left out; type*: several; a: x | b: y: one of them.\n\n' +
        'Example:\n  gridwrap describe-service "https://localhost:8443/services/newstar?wsdl"',
    )
    .action(async (wsdl: string, flags: AnyServiceFlags & { readonly json?: boolean }) => {
      const described = await withAnyService(wsdl, flags, describe)
      print(flags.json === true ? JSON.stringify(described, undefined, 2) : textOf(described))
    })
}

type Described = ReturnType<typeof describe>

function describe(proxy: ServiceProxy) {
  const types = new DescribedTypes(proxy.contract)
  const operations = proxy.operations().map(
    ({ operation: { name, documentation, input, output }, port, wire }): DescribedOperation => ({
      ...{ name, documentation, address: port.address },
      binding: `SOAP ${port.soap}, ${wire.style}/${wire.encoded ? 'encoded' : 'literal'}`,
      request: types.message(input),
      answer: output === undefined ? undefined : types.message(output),
    }),
  )
  const structures = [...types.structures].map(([name, members]) => ({ name, members }))
  const values = [...types.values].map(([name, rule]) => ({ name, rule }))
  return { documentation: proxy.contract.documentation, operations, types: structures, values, omitted: proxy.omitted }
}

function textOf({ documentation, operations, types, values, omitted }: Described): string {
  const lines: string[] = documentation === undefined ? [] : [documentation, '']
  let where = ''
  for (const { name, documentation: about, address, binding, request, answer } of operations) {
    if (where !== `${address} (${binding})`) {
      where = `${address} (${binding})`
      lines.push(
        address.endsWith('/instances/-') ? `The address of a job (${binding}), as submit answers it` : where,
        '',
      )
    }
    lines.push(`  ${name}(${membersText(request)})${answer === undefined ? '' : ` -> ${members(answer)}`}`)
    if (about !== undefined) lines.push(`      ${about}`)
  }
  if (types.length + values.length > 0) lines.push('', 'Types', '')
  for (const { name, members: of } of types) lines.push(`  ${name.replace(/^\{.*\}/, '')}: {${members(of)}}`)
  for (const { name, rule } of values) lines.push(`  ${name.replace(/^\{.*\}/, '')}: ${rule}`)
  if (omitted.length > 0) lines.push('', 'Cannot be called', '')
  for (const { operation, why } of omitted) lines.push(`  ${operation}: ${why}`)
  return lines.join('\n')
}

const members = (all: readonly DescribedMember[]): string => (all.length === 0 ? 'nothing' : membersText(all))
