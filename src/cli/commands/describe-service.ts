import type { Command } from 'commander'
import { type DescribedMember, DescribedTypes, memberText } from '../../client/described-types.ts'
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
      '\nname?: may be left out; type*: several.\n\n' +
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
  return { documentation: proxy.contract.documentation, operations, types: structures, omitted: proxy.omitted }
}

function textOf({ documentation, operations, types, omitted }: Described): string {
  const lines: string[] = documentation === undefined ? [] : [documentation, '']
  let where = ''
  for (const { name, documentation: about, address, binding, request, answer } of operations) {
    if (where !== `${address} (${binding})`) {
      where = `${address} (${binding})`
      lines.push(where, '')
    }
    lines.push(
      `  ${name}(${request.map(memberText).join(', ')})${answer === undefined ? '' : ` -> ${members(answer)}`}`,
    )
    if (about !== undefined) lines.push(`      ${about}`)
  }
  if (types.length > 0) lines.push('', 'Types', '')
  for (const { name, members: of } of types) lines.push(`  ${name.replace(/^\{.*\}/, '')}: {${members(of)}}`)
  if (omitted.length > 0) lines.push('', 'Cannot be called', '')
  for (const { operation, why } of omitted) lines.push(`  ${operation}: ${why}`)
  return lines.join('\n')
}

const members = (all: readonly DescribedMember[]): string =>
  all.length === 0 ? 'nothing' : all.map(memberText).join(', ')
