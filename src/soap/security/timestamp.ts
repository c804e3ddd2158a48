import { childElements, textOf, type XmlElement } from '../../xml/tree.ts'
import { wsu } from './names.ts'
import { signatureProblem } from './signature-problem.ts'

/** When a message was signed, and until when it may be taken; milliseconds since the epoch. */
export interface Timestamp {
  readonly created: number
  readonly expires: number | undefined
}

/** SOAP Message Security 1.1 section 10: moments in UTC. Throws `credential-problem`. */
export function readTimestamp(element: XmlElement): Timestamp {
  const created = moment(element, 'Created')
  if (created === undefined)
    throw signatureProblem('The Timestamp has no Created.', 'Say when the message was made: wsu:Created, in UTC.')
  return { created, expires: moment(element, 'Expires') }
}

function moment(element: XmlElement, name: 'Created' | 'Expires'): number | undefined {
  const found = childElements(element).filter(child => child.namespace === wsu && child.local === name)
  const [first] = found
  if (first === undefined) return undefined
  const text = textOf(first).trim()
  const value = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/.test(text)
    ? Date.parse(text)
    : Number.NaN
  if (found.length > 1 || Number.isNaN(value))
    throw signatureProblem(
      `${name} of the Timestamp is ${JSON.stringify(text.slice(0, 40))}.`,
      'It is one moment like 2026-01-31T12:00:00Z.',
    )
  return value
}

/**
 * Until when a message has to be remembered, so that it is not taken twice. Throws `credential-problem` when it is too
 * old, expired, or from the future; a minute of another clock's opinion (`skewMs`) counts as now.
 */
export function freshUntil({ created, expires }: Timestamp, now: number, windowMs: number, skewMs: number): number {
  const until = Math.min(expires ?? Number.POSITIVE_INFINITY, created + windowMs) + skewMs
  if (created > now + skewMs)
    throw signatureProblem(
      `The message was signed in the future, at ${new Date(created).toISOString()}; here it is ${new Date(now).toISOString()}.`,
      'Set the clock of the machine that signs.',
      'expired',
    )
  if (now >= until)
    throw signatureProblem(
      `The message was signed at ${new Date(created).toISOString()} and is too old; here it is ${new Date(now).toISOString()}.`,
      `Sign it anew: a signature is taken for ${Math.round(windowMs / 1000)} s.`,
      'expired',
    )
  return until
}
