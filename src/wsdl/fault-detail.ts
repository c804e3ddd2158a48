import { wallClock } from '../core/clock.ts'
import { errorRow } from '../core/error-table.ts'
import { GridwrapError } from '../core/errors.ts'
import { qname } from '../core/qname.ts'
import { baseContract, delegationContract } from './base-contract.ts'
import { DELEGATION, JOB, OGSI } from './names.ts'
import { encodeElement } from './serializer.ts'
import { libraryOf } from './type-library.ts'

/** Where and when a fault arose; only OGSI's fault elements say so. */
export interface FaultContext {
  /** The handle of the service that answers. */
  readonly originator?: string
  readonly timestamp?: Date
  /**
   * For OGSI's operations: `true` adds ogsi:fault to errors that have no OGSI element of their own; a name is the
   * element to use instead (`serviceHasTerminatedFault`).
   */
  readonly ogsi?: boolean | string
  /** For the delegation service: its own exception comes first. */
  readonly delegation?: boolean
}

/**
 * The content of a SOAP fault's detail: the error's element in urn:gridwrap:job with the fields that it has, and for
 * OGSI's errors their element before it, because many clients look at the first one only. Fields of the error's detail
 * that its element does not have are left out.
 */
export function encodeFaultDetail(error: GridwrapError, context: FaultContext = {}): string {
  const { element, ogsi } = errorRow(error.code)
  const type = libraryOf(baseContract).element(qname(JOB, element))?.type()
  if (type?.kind !== 'complex') throw new Error(`wsdl/job.xsd has no fault element ${element}`)
  const value: Record<string, unknown> = { code: error.code, message: error.message, hint: error.hint }
  for (const [field, one] of Object.entries(error.detail)) if (type.shape.slots.has(field)) value[field] = one
  const own = encodeElement(baseContract, qname(JOB, element), value)
  if (context.delegation === true) return delegationException(error) + own
  const name = ogsiElement(ogsi, context.ogsi)
  return name === undefined ? own : encodeOgsiFault(name, error, context) + own
}

const delegationException = ({ message, hint }: GridwrapError): string =>
  encodeElement(delegationContract, qname(DELEGATION, 'DelegationException'), {
    msg: hint === undefined ? message : `${message} ${hint}`,
  })

const ogsiElement = (own: string | undefined, wanted: boolean | string | undefined): string | undefined =>
  typeof wanted === 'string' ? wanted : (own ?? (wanted === true ? 'fault' : undefined))

/** Elements that say nothing without members of their own. */
const telling: ReadonlySet<string> = new Set(['partialFailureFault', 'redirectionFault'])

function encodeOgsiFault(name: string, error: GridwrapError, context: FaultContext): string {
  const element = telling.has(name) && error.detail.ogsi === undefined ? 'fault' : name
  return encodeElement(baseContract, qname(OGSI, element), { ...faultType(error, context, 0), ...error.detail.ogsi })
}

const deepestCause = 8

/** An ogsi:FaultType (OGSI 1.0 section 7.7). Only causes that may be told themselves are told. */
function faultType(error: GridwrapError, context: FaultContext, depth: number): object {
  const { originator, timestamp } = context
  const causes = [...(error.cause instanceof GridwrapError ? [error.cause] : []), ...(error.detail.causes ?? [])]
  return {
    description: error.hint === undefined ? [error.message] : [error.message, error.hint],
    originator: originator === undefined ? {} : { handle: [originator] },
    timestamp: timestamp ?? new Date(wallClock()),
    faultcause:
      causes.length > 0 && depth < deepestCause
        ? causes.map(cause => ({ ...typeOf(cause), ...faultType(cause, context, depth + 1), ...cause.detail.ogsi }))
        : undefined,
  }
}

/** A cause says with xsi:type of which kind it is (OGSI 1.0 section 7.7). */
function typeOf({ code }: GridwrapError): object {
  const { ogsi } = errorRow(code)
  return ogsi === undefined ? {} : { '@type': qname(OGSI, `${ogsi.slice(0, 1).toUpperCase()}${ogsi.slice(1)}Type`) }
}
