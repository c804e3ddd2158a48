import { connectionError } from '../client/connection-error.ts'
import { plainError } from '../client/remote-fault.ts'
import { exitCodes } from './terminal.ts'

/** A fault of any SOAP service, with what its detail says. */
export class ForeignFault extends Error {
  override readonly name = 'ForeignFault'
  readonly exitCode: number

  constructor(message: string, exitCode: number) {
    super(message)
    this.exitCode = exitCode
  }
}

/** What the soap package throws, in the words and with the exit code of every other command. */
export function soapError(error: unknown, address: string): unknown {
  const fault = member(error, 'root', 'Envelope', 'Body', 'Fault')
  if (fault !== undefined) return foreignFault(fault)
  const text = error instanceof Error ? error.message : ''
  const [, status, body] = /^Invalid WSDL URL: [\s\S]*?Code: (\d{3})\s+Response Body: ([\s\S]*)$/.exec(text) ?? []
  if (status !== undefined) return plainError(Number(status), (body ?? '').trim(), address)
  return connectionError(error, URL.canParse(address) ? new URL(address).host : address)
}

/** SOAP 1.1 section 4.4, SOAP 1.2 part 1 section 5.4. */
function foreignFault(fault: unknown): ForeignFault {
  const code = textOf(member(fault, 'faultcode') ?? member(fault, 'Code', 'Value'))
  const reason = textOf(member(fault, 'faultstring') ?? member(fault, 'Reason', 'Text'))
  const detail = member(fault, 'detail') ?? member(fault, 'Detail')
  const told = detail === undefined ? '' : `\n${JSON.stringify(detail, undefined, 2)}`
  const ours = /Client|Sender/.test(code)
  return new ForeignFault(
    `the service answered with a fault (${code}): ${reason}${told}`,
    ours ? exitCodes.usage : exitCodes.jobFailed,
  )
}

function member(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (found, name) =>
      typeof found === 'object' && found !== null ? (found as Record<string, unknown>)[name] : undefined,
    value,
  )
}

/** An element with attributes comes as an object. */
const textOf = (value: unknown): string => String(member(value, '$value') ?? value ?? '')
