import { GridwrapError } from '../core/errors.ts'
import { EncodingError } from '../xml/xml-encoding.ts'
import { SinkRefusal, XmlError } from '../xml/xml-error.ts'

/** What reading XML throws, as what a caller may be told; anything else is given back as it is. */
export function asRequestError(thrown: unknown): unknown {
  if (thrown instanceof XmlError)
    return thrown.kind === 'limit'
      ? new GridwrapError('too-large', `${thrown.message}.`, { hint: largerByReference, cause: thrown })
      : new GridwrapError('malformed-request', `The XML is not well-formed: ${thrown.message}.`, { cause: thrown })
  if (thrown instanceof SinkRefusal)
    return new GridwrapError(thrown.kind === 'limit' ? 'too-large' : 'malformed-request', `${thrown.message}.`, {
      hint: largerByReference,
      cause: thrown,
    })
  if (thrown instanceof EncodingError)
    return new GridwrapError(
      thrown.kind === 'unsupported' ? 'unsupported-media-type' : 'malformed-request',
      `${thrown.message}.`,
      { cause: thrown },
    )
  if (isZlibError(thrown))
    return new GridwrapError('malformed-request', `The compressed body is broken: ${thrown.message}.`, {
      hint: 'Send the whole body in the coding that Content-Encoding names, or send it uncompressed.',
      cause: thrown,
    })
  return thrown
}

export const largerByReference = 'Send large inputs by URL or by PUT, not inside the message.'

const isZlibError = (thrown: unknown): thrown is Error & { code: string } =>
  thrown instanceof Error &&
  'code' in thrown &&
  typeof thrown.code === 'string' &&
  /^(?:Z_|ERR_TRAILING_JUNK)/.test(thrown.code)
