import { type ErrorCode, errorTable } from '../core/error-table.ts'
import { type ErrorDetail, GridwrapError } from '../core/errors.ts'
import { printable } from '../core/printable.ts'
import { readFault } from '../soap/fault-reader.ts'
import { decodeElement } from '../wsdl/decoder.ts'
import { JOB, OGSI } from '../wsdl/names.ts'
import { childElements, textOf, type XmlElement } from '../xml/tree.ts'

/** A fault that is not one of gridwrap's own, or an answer that is no answer. */
export class RemoteFault extends Error {
  override readonly name = 'RemoteFault'
  /** Whether the service says that the request is wrong (SOAP 1.1 section 4.4.1, SOAP 1.2 part 1 section 5.4.6). */
  readonly bySender: boolean

  constructor(message: string, bySender = false) {
    // What others say may be shown on a terminal.
    super(printable(message))
    this.bySender = bySender
  }
}

interface Detail extends ErrorDetail {
  readonly code: string
  readonly message: string
  readonly hint?: string
}

/** The error behind a SOAP fault: gridwrap's own with its code and detail, others with their text. */
export async function errorOf(fault: XmlElement): Promise<Error> {
  const { reason, detail, code } = readFault(fault)
  const parts = detail === undefined ? [] : childElements(detail)
  const own = parts.find(child => child.namespace === JOB)
  const ofOgsi = parts.find(child => child.namespace === OGSI)
  // The base contract is read from files; calls that go well need none of it.
  const { ogsiError } = ofOgsi === undefined ? { ogsiError: () => undefined } : await import('./ogsi-fault.ts')
  const byOgsi = ofOgsi && ogsiError(ofOgsi)
  if (own === undefined) {
    if (byOgsi !== undefined) return byOgsi
    const told = parts.map(child => `\n${readable(child, '  ')}`)
    const message = `the service answered with a fault (${code.local}): ${reason}${told.join('')}`
    return new RemoteFault(message, /^(?:Client|Sender)/.test(code.local))
  }
  const { baseContract } = await import('../wsdl/base-contract.ts')
  const { code: known, message, hint, ...rest } = decodeElement<Detail>(baseContract, own).value
  if (!Object.hasOwn(errorTable, known)) return new RemoteFault(`${known}: ${message}`)
  return new GridwrapError(known as ErrorCode, message, {
    ...(hint === undefined ? {} : { hint }),
    ...(byOgsi?.cause === undefined ? {} : { cause: byOgsi.cause }),
    detail: { ...byOgsi?.detail, ...rest },
  })
}

/** An answer that is not SOAP: gridwrap's JSON errors, or something else that answered. */
export function plainError(status: number, text: string, url: string): Error {
  try {
    const { error } = JSON.parse(text) as {
      error: { code: ConstructorParameters<typeof GridwrapError>[0]; message: string; hint?: string }
    }
    if (!Object.hasOwn(errorTable, error.code)) throw new Error('not one of ours')
    return new GridwrapError(error.code, error.message, error.hint === undefined ? {} : { hint: error.hint })
  } catch {
    return new RemoteFault(`${url} answered with HTTP ${status}${text === '' ? '' : `: ${text.slice(0, 200)}`}`)
  }
}

/** The detail of a fault for people: a name and a text a line. */
function readable(element: XmlElement, indent: string): string {
  const children = childElements(element)
  const text = textOf(element).trim()
  const line = `${indent}${element.local}${text === '' ? '' : `: ${text.slice(0, 2000)}`}`
  return [line, ...children.slice(0, 100).map(child => readable(child, `${indent}  `))].join('\n')
}
