import { envelopeNamespace, type SoapVersion } from './namespaces.ts'

const frame = (version: SoapVersion): { begin: string; body: string; end: string } => ({
  begin: `<?xml version="1.0" encoding="UTF-8"?><soap:Envelope xmlns:soap="${envelopeNamespace(version)}">`,
  body: '<soap:Body>',
  end: '</soap:Body></soap:Envelope>',
})
const frames = { '1.1': frame('1.1'), '1.2': frame('1.2') } as const

/**
 * A whole message. `bodyXml` (and each header) is markup that declares its own namespaces, as `XmlWriter.root` and
 * `writeElement` make it; the prefix `soap` is that of the envelope.
 */
export function writeEnvelope(bodyXml: string, version: SoapVersion, headersXml: readonly string[] = []): string {
  const { begin, body, end } = frames[version]
  const header = headersXml.length === 0 ? '' : `<soap:Header>${headersXml.join('')}</soap:Header>`
  return begin + header + body + bodyXml + end
}
