import type { IncomingMessage } from 'node:http'
import { GridwrapError } from '../../core/errors.ts'
import { contentCoding } from '../../soap/content-coding.ts'
import { type Envelope, readEnvelope } from '../../soap/envelope.ts'
import { KeptText } from '../../soap/kept-text.ts'
import { checkMustUnderstand } from '../../soap/must-understand.ts'
import { receiveBody } from '../../soap/request-body.ts'
import type { Sha1 } from '../../soap/security/algorithms.ts'
import { isSigned, understoodHeaders } from '../../soap/security/security-header.ts'
import { type SignedMessage, verifyMessage } from '../../soap/security/verify-message.ts'
import { isXop, receiveXop } from '../../soap/xop.ts'
import type { XmlElement } from '../../xml/tree.ts'
import type { IncomingFiles } from '../incoming-files.ts'

/** Of a signed message, in characters: to verify it takes several times its size, and time in which nobody else is served. */
const mostSigned = 1024 * 1024

/** A request as it is believed, and the signature that says so, if it has one. */
export interface Received {
  readonly envelope: Envelope
  readonly signed: SignedMessage | undefined
}

/**
 * Stage 3: the bounded body → an envelope. Large base64 content lies in files by then. Of a signed
 * message only what was signed is left.
 */
export async function receive(
  request: IncomingMessage,
  files: IncomingFiles,
  sha1: Sha1,
  told: (envelope: Envelope) => void,
): Promise<Received> {
  if (request.method !== 'POST')
    throw new GridwrapError('method-not-allowed', `SOAP calls are POST, not ${request.method ?? 'this'}.`)
  const {
    'content-type': contentType,
    'content-encoding': contentEncoding,
    'content-length': contentLength,
  } = request.headers
  const headers = { contentType, contentEncoding, contentLength }
  if (isXop(headers)) {
    if (contentCoding(contentEncoding) !== 'identity')
      throw new GridwrapError('unsupported-media-type', 'A XOP package is taken as it is, and not compressed.')
    const envelope = readEnvelope(await receiveXop(request, headers, files))
    told(envelope)
    checkMustUnderstand(envelope, understoodHeaders(envelope))
    if (isSigned(envelope))
      throw new GridwrapError('unsupported-media-type', 'Signed messages are not taken as XOP packages.', {
        hint: 'Turn MTOM off, or promise the files (upload) and PUT them, and sign the call.',
      })
    return { envelope, signed: undefined }
  }
  const keep = new KeptText(mostSigned)
  const root = await receiveBody(request, headers, { streamElement: files.streamElement, keep })
  const envelope = readEnvelope(root)
  told(envelope)
  checkMustUnderstand(envelope, understoodHeaders(envelope))
  return verified(root, envelope, keep, files, sha1)
}

function verified(
  root: XmlElement,
  envelope: Envelope,
  { text }: KeptText,
  { streamElement }: IncomingFiles,
  sha1: Sha1,
): Received {
  if (text === undefined && isSigned(envelope))
    throw new GridwrapError('too-large', `A signed message may have at most ${mostSigned} characters.`, {
      hint: 'Promise the files (upload) and PUT them, and sign the call.',
    })
  const signed = text === undefined ? undefined : verifyMessage(text, root, envelope, { sha1, streamElement })
  return { envelope: signed?.envelope ?? envelope, signed }
}
