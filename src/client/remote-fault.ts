import { type ErrorCode, errorTable } from '../core/error-table.ts'
import { type ErrorDetail, GridwrapError } from '../core/errors.ts'
import { readFault } from '../soap/fault-reader.ts'
import { decodeElement } from '../wsdl/decoder.ts'
import { JOB } from '../wsdl/names.ts'
import { childElements, type XmlElement } from '../xml/tree.ts'

/** A fault that is not one of gridwrap's own. */
export class RemoteFault extends Error {
  override readonly name = 'RemoteFault'
}

interface Detail extends ErrorDetail {
  readonly code: string
  readonly message: string
  readonly hint?: string
}

/** The error behind a SOAP fault: gridwrap's own with its code and detail, others with their text. */
export async function errorOf(fault: XmlElement): Promise<Error> {
  const { reason, detail, code } = readFault(fault)
  const own = detail === undefined ? undefined : childElements(detail).find(child => child.namespace === JOB)
  if (own === undefined) return new RemoteFault(`${code.local}: ${reason}`)
  // The base contract is read from files; calls that go well need none of it.
  const { baseContract } = await import('../wsdl/base-contract.ts')
  const { code: known, message, hint, ...rest } = decodeElement<Detail>(baseContract, own).value
  if (!(known in errorTable)) return new RemoteFault(`${known}: ${message}`)
  return new GridwrapError(known as ErrorCode, message, { ...(hint === undefined ? {} : { hint }), detail: rest })
}

/** An answer that is not SOAP: gridwrap's JSON errors, or something else that answered. */
export function plainError(status: number, text: string, url: string): Error {
  try {
    const { error } = JSON.parse(text) as {
      error: { code: ConstructorParameters<typeof GridwrapError>[0]; message: string; hint?: string }
    }
    return new GridwrapError(error.code, error.message, error.hint === undefined ? {} : { hint: error.hint })
  } catch {
    return new RemoteFault(`${url} answered with HTTP ${status}${text === '' ? '' : `: ${text.slice(0, 200)}`}`)
  }
}
