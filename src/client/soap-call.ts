import { wallClock } from '../core/clock.ts'
import { GridwrapError } from '../core/errors.ts'
import { readEnvelope } from '../soap/envelope.ts'
import { writeEnvelope } from '../soap/envelope-writer.ts'
import { isFault } from '../soap/fault-reader.ts'
import type { XmlElement } from '../xml/tree.ts'
import { parseXml } from '../xml/xml-reader.ts'
import type { HttpsConnection } from './https-connection.ts'
import { errorOf, plainError } from './remote-fault.ts'

/** Answers may hold much base64. */
const answerLimits = { characters: 256 * 1024 * 1024 }

/** A call as it is sent: where, under which action, with which child of the Body. */
export interface SoapCall {
  readonly address: string
  readonly action: string
  readonly bodyXml: string
}

/**
 * Calls, and resolves with the child of the answer's Body. A container that takes signed messages only gets them from
 * its first refusal on. Throws GridwrapError, RemoteFault or Unreachable.
 */
export async function callSoap(call: SoapCall, connection: HttpsConnection, signal?: AbortSignal): Promise<XmlElement> {
  try {
    return await once(call, connection, signal)
  } catch (error) {
    if (connection.signs || connection.credential === undefined || !wantsSignature(error)) throw error
    connection.signs = true
    return once(call, connection, signal)
  }
}

const wantsSignature = (error: unknown): boolean =>
  error instanceof GridwrapError && error.code === 'credential-problem' && error.detail.kind === 'signature'

async function once(
  { address, action, bodyXml }: SoapCall,
  connection: HttpsConnection,
  signal: AbortSignal | undefined,
): Promise<XmlElement> {
  const body = await envelope(bodyXml, connection)
  const headers = {
    'Content-Type': 'text/xml; charset=utf-8',
    SOAPAction: `"${action}"`,
    'Content-Length': String(Buffer.byteLength(body)),
  }
  const { status, text, contentType } = await connection.sendForText('POST', address, headers, body, undefined, signal)
  if (!contentType.includes('xml')) throw plainError(status, text, address)
  const answer = readEnvelope(parseXml(text, answerLimits)).body
  if (isFault(answer)) throw await errorOf(answer)
  return answer
}

async function envelope(bodyXml: string, { signs, credential }: HttpsConnection): Promise<string> {
  if (!signs || credential === undefined) return writeEnvelope(bodyXml, '1.1')
  // Loaded by those who need it only: start-up is felt.
  const { writeSignedEnvelope } = await import('../soap/security/sign-envelope.ts')
  return writeSignedEnvelope(bodyXml, '1.1', credential, wallClock())
}
