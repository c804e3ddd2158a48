import { type ErrorCode, errorTable } from '../core/error-table.ts'
import { GridwrapError } from '../core/errors.ts'
import { gridContract } from '../wsdl/base-contract.ts'
import { decodeElement } from '../wsdl/decoder.ts'
import { OGSI } from '../wsdl/names.ts'
import type { XmlElement } from '../xml/tree.ts'

/** An ogsi:FaultType, decoded (OGSI 1.0 section 7.7), with what its own kind has besides. */
interface OgsiFault {
  readonly '@type'?: { readonly local: string }
  readonly description?: readonly string[]
  readonly originator?: object
  readonly timestamp?: Date
  readonly faultcause?: readonly OgsiFault[]
  readonly faultcode?: object
  readonly extension?: object
}

const deepest = 8

/** The error that a fault element of OGSI says, with its causes; undefined for what is none. */
export function ogsiError(element: XmlElement): GridwrapError | undefined {
  const code = codes.get(element.local)
  if (element.namespace !== OGSI || code === undefined) return undefined
  const { value, problems } = decodeElement<OgsiFault>(gridContract, element, { lenient: true })
  return problems.length > 0 ? undefined : errorOf(code, value, 0)
}

function errorOf(code: ErrorCode, fault: OgsiFault, depth: number): GridwrapError {
  const [message = 'The service does not say why.', ...more] = fault.description ?? []
  const members = membersOf(fault)
  const causes = depth < deepest ? (fault.faultcause ?? []) : []
  const errors = causes.map(one => errorOf(codes.get(faultName(one)) ?? code, one, depth + 1))
  const [only] = errors
  return new GridwrapError(code, message, {
    ...(more.length === 0 ? {} : { hint: more.join(' ') }),
    detail: {
      ...(members === undefined ? {} : { ogsi: members }),
      ...(errors.length < 2 ? {} : { causes: errors }),
    },
    ...(only !== undefined && errors.length === 1 ? { cause: only } : {}),
  })
}

function membersOf(fault: OgsiFault): object | undefined {
  const { '@type': _type, description, originator, timestamp, faultcause, faultcode, extension, ...members } = fault
  return Object.keys(members).length === 0 ? undefined : members
}

/** The element of the type that xsi:type names. */
const faultName = (fault: OgsiFault): string => {
  const type = fault['@type']?.local.replace(/Type$/, '') ?? ''
  return `${type.slice(0, 1).toLowerCase()}${type.slice(1)}`
}

/** Of the fault elements that OGSI has besides those that we answer: what they come to. */
const others: Readonly<Record<string, ErrorCode>> = {
  noReferencesAvailableFault: 'no-such-service',
  noSuchServiceFault: 'no-such-service',
  serviceHasTerminatedFault: 'not-found',
  temporarilyUnavailableFault: 'busy',
  incorrectValueFault: 'type-violation',
}

const codes: ReadonlyMap<string, ErrorCode> = new Map([
  ...Object.entries(others),
  ...Object.entries(errorTable).flatMap(([code, row]) =>
    'ogsi' in row ? [[row.ogsi, code as ErrorCode] as const] : [],
  ),
])
