import type { IncomingMessage } from 'node:http'
import { GridwrapError } from '../../core/errors.ts'
import { type Envelope, readEnvelope } from '../../soap/envelope.ts'
import { checkMustUnderstand } from '../../soap/must-understand.ts'
import { receiveBody } from '../../soap/request-body.ts'
import type { IncomingFiles } from '../incoming-files.ts'

const understood: ReadonlySet<string> = new Set()

/** Stage 3: the bounded body → an envelope. Large base64 content lies in files by then. */
export async function receive(
  request: IncomingMessage,
  files: IncomingFiles,
  told: (envelope: Envelope) => void,
): Promise<Envelope> {
  if (request.method !== 'POST')
    throw new GridwrapError('method-not-allowed', `SOAP calls are POST, not ${request.method ?? 'this'}.`)
  const {
    'content-type': contentType,
    'content-encoding': contentEncoding,
    'content-length': contentLength,
  } = request.headers
  const root = await receiveBody(
    request,
    { contentType, contentEncoding, contentLength },
    { streamElement: files.streamElement },
  )
  const envelope = readEnvelope(root)
  told(envelope)
  checkMustUnderstand(envelope, understood)
  return envelope
}
