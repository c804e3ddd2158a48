import { wallClock } from '../core/clock.ts'
import { GridwrapError } from '../core/errors.ts'
import type { Credential } from '../gsi/credential.ts'
import { readEnvelope } from '../soap/envelope.ts'
import { writeEnvelope } from '../soap/envelope-writer.ts'
import { isFault } from '../soap/fault-reader.ts'
import { type SoapVersion, soapContentType } from '../soap/namespaces.ts'
import { inlineReferences } from '../soap/section-five.ts'
import type { XmlElement } from '../xml/tree.ts'
import { XmlError } from '../xml/xml-error.ts'
import { parseXml } from '../xml/xml-reader.ts'
import type { TextAnswer } from './bounded-text.ts'
import { errorOf, plainError, RemoteFault } from './remote-fault.ts'

/** Answers may hold much base64. */
const answerLimits = { characters: 256 * 1024 * 1024, elements: 2_000_000, depth: 256 }

/** What calls go over. */
export interface SoapConnection {
  /** Who calls, where anybody in particular does. */
  readonly credential: Credential | undefined
  /** Whether calls are signed. */
  signs: boolean
  sendForText(
    method: string,
    url: string,
    headers: Readonly<Record<string, string>>,
    body: string | undefined,
    most?: number,
    signal?: AbortSignal,
  ): Promise<TextAnswer>
}

/** A call as it is sent: where, under which action, with which child of the Body. */
export interface SoapCall {
  readonly address: string
  readonly action: string
  readonly bodyXml: string
  /** Default 1.1. */
  readonly soap?: SoapVersion
  /** In the encoding of SOAP (SOAP 1.1 section 5): the answer may be made of elements that refer to each other. */
  readonly encoded?: boolean
  /** Nothing comes back. */
  readonly oneWay?: boolean
}

/**
 * Calls, and resolves with the child of the answer's Body; undefined for a call that is one-way. A container that takes
 * signed messages only gets them from its first refusal on. Throws GridwrapError, RemoteFault or Unreachable.
 */
export async function callSoap(
  call: SoapCall & { readonly oneWay?: false },
  connection: SoapConnection,
  signal?: AbortSignal,
): Promise<XmlElement>
export async function callSoap(
  call: SoapCall,
  connection: SoapConnection,
  signal?: AbortSignal,
): Promise<XmlElement | undefined>
export async function callSoap(
  call: SoapCall,
  connection: SoapConnection,
  signal?: AbortSignal,
): Promise<XmlElement | undefined> {
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
  { address, action, bodyXml, soap = '1.1', encoded = false, oneWay = false }: SoapCall,
  connection: SoapConnection,
  signal: AbortSignal | undefined,
): Promise<XmlElement | undefined> {
  const body = await envelope(bodyXml, soap, connection)
  const type = soapContentType(soap)
  const headers = {
    ...(soap === '1.1'
      ? { 'Content-Type': type, SOAPAction: `"${action}"` }
      : { 'Content-Type': action === '' ? type : `${type}; action="${action}"` }),
    'Content-Length': String(Buffer.byteLength(body)),
  }
  const { status, text, contentType } = await connection.sendForText('POST', address, headers, body, undefined, signal)
  if (oneWay && status < 300) return undefined
  if (!/^[^;]*xml/i.test(contentType)) throw plainError(status, text, address)
  const root = parsed(text, address)
  const answer = readEnvelope(encoded ? inlineReferences(root) : root).body
  if (isFault(answer)) throw await errorOf(answer)
  return answer
}

function parsed(text: string, address: string): XmlElement {
  try {
    return parseXml(text, answerLimits)
  } catch (error) {
    if (!(error instanceof XmlError)) throw error
    throw new RemoteFault(`${address} answered with what is no SOAP message: ${error.message}`)
  }
}

async function envelope(bodyXml: string, soap: SoapVersion, { signs, credential }: SoapConnection): Promise<string> {
  if (!signs || credential === undefined) return writeEnvelope(bodyXml, soap)
  // Loaded by those who need it only: start-up is felt.
  const { writeSignedEnvelope } = await import('../soap/security/sign-envelope.ts')
  return writeSignedEnvelope(bodyXml, soap, credential, wallClock())
}
