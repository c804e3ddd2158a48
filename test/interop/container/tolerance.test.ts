import { deflateSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { soap11, soap12 } from '../../../src/soap/namespaces.ts'
import { JOB } from '../../../src/wsdl/names.ts'
import { TestSite } from '../../support/site.ts'
import { contentOf, envelope, runTally, TALLY, verdict } from './messages.ts'
import { post, type RawHeaders } from './raw-connection.ts'

/**
 * What clients really send, as requests written by hand: each kind was seen on the wire from some SOAP stack. The list of
 * who sends what: gSOAP (SOAP 1.2, mustUnderstand), SOAP::Lite (xsi:type, SOAPAction, no namespaces, nil), pysimplesoap
 * (white space), Axis (HTTP/1.0), Mono (100-continue), strong-soap (no action).
 */
let site: TestSite
beforeAll(async () => {
  site = await TestSite.start({ services: ['test/fixtures/interop/tally'] })
})
afterAll(() => site[Symbol.asyncDispose]())

const call = async (body: string | Uint8Array, headers: RawHeaders = {}, path = '/services/tally'): Promise<string> =>
  (await post(site, path, body, headers))?.text ?? 'no answer'

/** The words that tally counted, if it ran. */
const counted = async (body: string | Uint8Array, headers: RawHeaders = {}): Promise<string> => {
  const answer = await call(body, headers)
  return verdict(answer) === 'good' ? `counted ${contentOf('total', answer) ?? 'nothing'}` : verdict(answer)
}

describe('the version of SOAP', () => {
  test.each([
    ['1.1', 'text/xml', 'text/xml; charset=utf-8', soap11],
    ['1.2', 'application/soap+xml; charset=utf-8', 'application/soap+xml; charset=utf-8', soap12],
    ['1.2', 'text/xml', 'application/soap+xml; charset=utf-8', soap12],
    ['1.1', 'application/soap+xml', 'text/xml; charset=utf-8', soap11],
  ] as const)('%s as %s is answered in kind', async (version, type, answered, namespace) => {
    const answer = await post(site, '/services/tally', envelope(runTally(), { version }), { 'Content-Type': type })
    expect(answer).toMatchObject({ status: 200, headers: { 'content-type': answered } })
    expect(answer?.body).toContain(`Envelope xmlns:soap="${namespace}"`)
  })

  test.each([
    ['1.1', 500, 'soap:Client unknown-operation'],
    ['1.2', 400, 'soap:Sender unknown-operation'],
  ] as const)('so are faults (%s)', async (version, status, told) => {
    const answer = await post(site, '/services/tally', envelope('<t:no/>', { version }), { 'Content-Type': 'text/xml' })
    expect([answer?.status, verdict(answer?.body ?? '')]).toEqual([status, told])
  })

  test('no other one is known', async () => {
    const answer = await call(envelope(runTally()).replace(soap11, 'http://www.w3.org/2001/12/soap-envelope'))
    expect(verdict(answer)).toMatch(/VersionMismatch/)
  })
})

describe('SOAPAction', () => {
  test.each<[string, RawHeaders]>([
    ['absent', {}],
    ['empty', { SOAPAction: '""' }],
    ['empty without quotes', { SOAPAction: '' }],
    ['right', { SOAPAction: `"${TALLY}/run"` }],
    ['right, without quotes', { SOAPAction: `${TALLY}/run` }],
    ['as SOAP::Lite makes it', { SOAPAction: `"${TALLY}#run"` }],
    ['of nothing here', { SOAPAction: '"http://example.org/whatever"' }],
    ['in the content type', { 'Content-Type': `application/soap+xml; action="${TALLY}/run"` }],
  ])('%s', async (_what, headers) => {
    expect(await counted(envelope(runTally()), headers)).toBe('counted 3')
  })

  test.each<[string, RawHeaders]>([
    ['the header', { SOAPAction: `"${TALLY}/submit"` }],
    ['the header, as SOAP::Lite makes it', { SOAPAction: `${TALLY}#submit` }],
    ['the content type', { 'Content-Type': `application/soap+xml; action="${TALLY}/submit"` }],
    ['one of two', { SOAPAction: '""', 'Content-Type': `text/xml; action="${TALLY}/listInstances"` }],
  ])('of another operation in %s is refused', async (_what, headers) => {
    expect(await counted(envelope(runTally()), headers)).toBe('soap:Client unknown-operation')
  })
})

describe('types and nil', () => {
  test.each([
    ['of a string for an enumeration', '<t:order xsi:type="xsd:string">how_often</t:order>', 'counted 3'],
    ['of an int for a long', '<t:least xsi:type="xsd:int">1</t:least>', 'counted 3'],
    ['of a float for a double', '<t:pause xsi:type="xsd:float">0.0</t:pause>', 'counted 3'],
    ['with a prefix that nobody declared', '<t:pause xsi:type="who:knows">0</t:pause>', 'counted 3'],
    ['nil for what is optional', '<t:least xsi:nil="true"/><t:order xsi:nil="1"/>', 'counted 3'],
    ['nil with white space', '<t:heading xsi:nil="true"> \n </t:heading>', 'counted 3'],
    ['white space around a number', '<t:least> \n 1 \t</t:least>', 'counted 3'],
    ['a comment in a value', '<t:least>1<!-- one --></t:least>', 'counted 3'],
    ['CDATA in a value', '<t:order><![CDATA[word]]></t:order>', 'counted 3'],
    ['but not a number that is none', '<t:least xsi:type="xsd:string">one</t:least>', 'soap:Client invalid-input'],
    ['but not an unknown input', '<t:leest>1</t:leest>', 'soap:Client invalid-input'],
    ['nor one that is given twice', '<t:least>1</t:least><t:least>1</t:least>', 'soap:Client invalid-input'],
  ])('%s', async (_what, more, told) => {
    expect(await counted(envelope(runTally(more)))).toBe(told)
  })

  test('base64Binary for a string is decoded, as SOAP::Lite sends what is not ASCII', async () => {
    const heading = `<t:heading xsi:type="xsd:base64Binary">${Buffer.from('Wörter').toString('base64')}</t:heading>`
    const table = contentOf('content', await call(envelope(runTally(heading)))) ?? ''
    expect(Buffer.from(table, 'base64').toString()).toBe('# Wörter\na 2\nb 1\n')
  })

  test.each([
    ['nothing', '<j:getStatus/>'],
    ['nil', '<j:getStatus xsi:nil="true"/>'],
    ['white space', '<j:getStatus>\n  </j:getStatus>'],
    ['a type', '<j:getStatus xsi:type="j:whatever"></j:getStatus>'],
    ['a comment', '<j:getStatus><!-- nothing --></j:getStatus>'],
    ['another prefix', `<job:getStatus xmlns:job="${JOB}"/>`],
    ['a default namespace', `<getStatus xmlns="${JOB}"/>`],
  ])('a wrapper without parameters may hold %s', async (_what, body) => {
    const id = contentOf('id', await call(envelope(runTally())))
    expect(contentOf('state', await call(envelope(body), {}, `/instances/${id ?? ''}`))).toBe('Done')
  })

  test('children may be in no namespace, and in any order', async () => {
    const plain = `<t:run><order>word</order><texts><text>a b</text></texts><texts><name>x</name><text>c</text></texts></t:run>`
    expect(await counted(envelope(plain))).toBe('counted 3')
    expect(await counted(envelope('<run><texts><text>a</text></texts></run>'))).toBe('soap:Client unknown-operation')
  })

  test('encodingStyle is let be', async () => {
    const style = 's:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"'
    expect(await counted(envelope(runTally().replace('<t:run>', `<t:run ${style}>`), { attributes: style }))).toBe(
      'counted 3',
    )
  })
})

describe('headers', () => {
  const addressing = 'http://www.w3.org/2005/08/addressing'
  test.each([
    [
      'of WS-Addressing, to be understood',
      '1.1',
      `<a:Action s:mustUnderstand="1">${TALLY}/run</a:Action>`,
      'counted 3',
    ],
    [
      'an anonymous ReplyTo',
      '1.1',
      `<a:ReplyTo s:mustUnderstand="1"><a:Address>${addressing}/anonymous</a:Address></a:ReplyTo>`,
      'counted 3',
    ],
    ['unknown', '1.1', '<x:h xmlns:x="urn:x"><x:deep>1</x:deep></x:h>', 'counted 3'],
    ['unknown, said not to be understood', '1.1', '<x:h xmlns:x="urn:x" s:mustUnderstand="0"/>', 'counted 3'],
    [
      'unknown, for somebody else',
      '1.1',
      '<x:h xmlns:x="urn:x" s:mustUnderstand="1" s:actor="urn:gateway"/>',
      'counted 3',
    ],
    ['unknown, to be understood', '1.1', '<x:h xmlns:x="urn:x" s:mustUnderstand="1"/>', 'soap:MustUnderstand'],
    ['unknown, to be understood', '1.2', '<x:h xmlns:x="urn:x" s:mustUnderstand="true"/>', 'soap:MustUnderstand'],
    [
      'a ReplyTo elsewhere',
      '1.1',
      '<a:ReplyTo s:mustUnderstand="1"><a:Address>http://else/</a:Address></a:ReplyTo>',
      'soap:MustUnderstand',
    ],
  ] as const)('%s (%s)', async (_what, version, header, told) => {
    const whole = `<s:Header xmlns:a="${addressing}">${header}</s:Header>`
    expect(await counted(envelope(runTally(), { version, header: whole }))).toBe(told)
  })
})

describe('how the body is coded', () => {
  const text = envelope(runTally('<t:heading>Größe</t:heading>'))
  const utf16 = Buffer.from(`\ufeff${text}`, 'utf16le')
  const chunked = (body: Buffer, size: number): Buffer =>
    Buffer.concat([
      ...Array.from({ length: Math.ceil(body.length / size) }, (_, at) => {
        const part = body.subarray(at * size, (at + 1) * size)
        return Buffer.concat([Buffer.from(`${part.length.toString(16)};x=y\r\n`), part, Buffer.from('\r\n')])
      }),
      Buffer.from('0\r\n\r\n'),
    ])
  test.each<[string, string | Buffer, RawHeaders]>([
    ['gzip', gzipSync(text), { 'Content-Encoding': 'gzip' }],
    ['x-gzip', gzipSync(text), { 'Content-Encoding': 'x-gzip' }],
    ['deflate', deflateSync(text), { 'Content-Encoding': 'deflate' }],
    ['identity', text, { 'Content-Encoding': 'identity' }],
    ['UTF-8 with a byte order mark', `\ufeff${text}`, {}],
    ['UTF-16, little end first', utf16, { 'Content-Type': 'text/xml; charset=utf-16' }],
    ['UTF-16, big end first', Buffer.from(utf16).swap16(), { 'Content-Type': 'text/xml; charset="UTF-16"' }],
    ['UTF-16 that only its mark tells', utf16, { 'Content-Type': 'text/xml' }],
    ['chunks of one byte', chunked(Buffer.from(text), 1), { 'Transfer-Encoding': 'chunked' }],
    ['chunks of gzip', chunked(gzipSync(text), 50), { 'Transfer-Encoding': 'chunked', 'Content-Encoding': 'gzip' }],
  ])('%s', async (_what, body, headers) => {
    const table = contentOf('content', await call(body, headers)) ?? ''
    expect(Buffer.from(table, 'base64').toString()).toBe('# Größe\na 2\nb 1\n')
  })

  test.each<[string, Buffer, string]>([
    // Its umlauts would be found to be no UTF-8 before that.
    ['the declaration', Buffer.from(`<?xml version="1.0" encoding="ISO-8859-1"?>${envelope(runTally())}`), 'text/xml'],
    ['the type', Buffer.from(text, 'latin1'), 'text/xml; charset=iso-8859-1'],
  ])('ISO-8859-1 in %s is refused in words, not taken for something else', async (_what, body, type) => {
    const answer = await call(body, { 'Content-Type': type })
    expect(verdict(answer)).toBe('soap:Client unsupported-media-type')
    expect(contentOf('message', answer)).toMatch(/iso-8859-1/i)
  })
})
