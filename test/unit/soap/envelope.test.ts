import { describe, expect, it } from 'vitest'
import { readEnvelope } from '../../../src/soap/envelope.ts'
import { writeEnvelope } from '../../../src/soap/envelope-writer.ts'
import { checkMustUnderstand, NotUnderstoodError } from '../../../src/soap/must-understand.ts'
import { soap11, soap12, wsa2004, wsa2005 } from '../../../src/soap/namespaces.ts'
import { parseXml } from '../../../src/xml/xml-reader.ts'
import { refusal } from './refusal.ts'

const envelope = (content: string, namespace = soap11, attributes = ''): string =>
  `<s:Envelope xmlns:s="${namespace}"${attributes}>${content}</s:Envelope>`
const body = '<s:Body><run xmlns="urn:x"/></s:Body>'

describe('readEnvelope', () => {
  it.each([
    ['1.1', soap11],
    ['1.2', soap12],
  ])('reads SOAP %s', (version, namespace) => {
    const read = readEnvelope(
      parseXml(
        envelope(`\n<s:Header> <h xmlns="urn:h"/>\n<i/></s:Header>\n${body} `, namespace, ' s:encodingStyle="urn:e"'),
      ),
    )
    expect(read.version).toBe(version)
    expect(read.headers.map(header => header.local)).toEqual(['h', 'i'])
    expect(read.body).toMatchObject({ namespace: 'urn:x', local: 'run' })
  })

  it('reads what writeEnvelope writes', () => {
    for (const version of ['1.1', '1.2'] as const) {
      const written = writeEnvelope('<run xmlns="urn:x"/>', version, ['<h xmlns="urn:h"/>'])
      expect(readEnvelope(parseXml(written))).toMatchObject({
        version,
        headers: [{ local: 'h' }],
        body: { local: 'run' },
      })
      expect(readEnvelope(parseXml(writeEnvelope('<run/>', version))).headers).toEqual([])
    }
  })

  it('takes what SOAP 1.1 allows after the Body, and SOAP 1.2 does not', async () => {
    expect(readEnvelope(parseXml(envelope(`${body}<t xmlns="urn:t"/>`))).body.local).toBe('run')
    expect(
      (await refusal(() => readEnvelope(parseXml(envelope(`${body}<t xmlns="urn:t"/>`, soap12))))).message,
    ).toContain('{urn:t}t')
  })

  it.each([
    ['<run/>', 'malformed-request', 'not a SOAP Envelope'],
    ['<Envelope/>', 'version-mismatch', 'neither SOAP 1.1 nor SOAP 1.2'],
    [envelope(body, 'http://www.w3.org/2001/12/soap-envelope'), 'version-mismatch', '2001/12'],
    [envelope(''), 'malformed-request', 'no Body'],
    [envelope('<s:Body/>'), 'malformed-request', 'Body is empty'],
    [envelope('<s:Body>text</s:Body>'), 'malformed-request', '"text"'],
    [envelope('<s:Body><a/><b/></s:Body>'), 'malformed-request', '2 elements: a, b'],
    [envelope(`${body}${body}`), 'malformed-request', '}Body where none'],
    [envelope(`${body}<s:Header/>`), 'malformed-request', '}Header where none'],
    [envelope(`<s:Header/><s:Header/>${body}`), 'malformed-request', '}Header where none'],
    [envelope(`<x/>${body}`), 'malformed-request', 'an element x where none'],
    [envelope(`<s:Body xmlns:s="${soap12}"><run/></s:Body>`), 'malformed-request', '}Body where none'],
    [envelope(`text${body}`), 'malformed-request', 'directly inside the Envelope'],
    [envelope(`<s:Header>x</s:Header>${body}`), 'malformed-request', 'directly inside the Header'],
  ])('refuses %s', async (text, code, words) => {
    const error = await refusal(() => readEnvelope(parseXml(text)))
    expect(error.code).toBe(code)
    expect(error.message).toContain(words)
  })
})

describe('checkMustUnderstand', () => {
  const check = (header: string, namespace = soap11): Promise<unknown> =>
    refusal(() => {
      checkMustUnderstand(
        readEnvelope(parseXml(envelope(`<s:Header>${header}</s:Header>${body}`, namespace))),
        new Set(['{urn:known}k']),
      )
      throw new Error('passed')
    })
  const passes = async (header: string, namespace = soap11): Promise<void> => {
    await expect(check(header, namespace)).rejects.toThrow('passed')
  }

  it('refuses unknown headers that are meant for us, and names them', async () => {
    const error = await check('<h xmlns="urn:h" s:mustUnderstand="1"/><i s:mustUnderstand="1"/>')
    expect(error).toBeInstanceOf(NotUnderstoodError)
    expect(error).toMatchObject({
      code: 'must-understand',
      headers: [
        { namespace: 'urn:h', local: 'h' },
        { namespace: '', local: 'i' },
      ],
    })
    await check('<h s:mustUnderstand="true"/>', soap12)
    await check('<h s:mustUnderstand=" 1 " s:role=""/>', soap12)
    await check(`<h s:mustUnderstand="1" s:role="${soap12}/role/next"/>`, soap12)
    await check(`<h s:mustUnderstand="1" s:role="${soap12}/role/ultimateReceiver"/>`, soap12)
    await check('<h s:mustUnderstand="1" s:actor="http://schemas.xmlsoap.org/soap/actor/next"/>')
    await check(
      `<Security xmlns="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd" s:mustUnderstand="1"/>`,
    )
  })

  it('lets the others pass', async () => {
    await passes('<h/><h s:mustUnderstand="0"/><k xmlns="urn:known" s:mustUnderstand="1"/>')
    await passes('<h s:mustUnderstand="1" s:actor="urn:somebody-else"/>')
    await passes('<h s:mustUnderstand="false"/>', soap12)
    await passes(`<h s:mustUnderstand="1" s:role="${soap12}/role/none"/>`, soap12)
    // The attribute of the other version is no attribute of this one.
    await passes(`<h xmlns:t="${soap12}" t:mustUnderstand="1"/>`)
  })

  it('refuses a mustUnderstand that is no boolean', async () => {
    expect(await check('<h s:mustUnderstand="yes"/>')).toMatchObject({ code: 'malformed-request' })
  })

  it.each([wsa2004, wsa2005])('takes the addressing headers that ask for nothing more: %s', async namespace => {
    const anonymous = namespace === wsa2004 ? `${wsa2004}/role/anonymous` : `${wsa2005}/anonymous`
    const header = (local: string, content: string): string =>
      `<a:${local} xmlns:a="${namespace}" s:mustUnderstand="1">${content}</a:${local}>`
    for (const local of ['Action', 'To', 'MessageID', 'From', 'RelatesTo']) await passes(header(local, 'urn:x'))
    await passes(header('ReplyTo', `<a:Address>${anonymous}</a:Address>`))
    await passes(header('FaultTo', `<a:Address> ${anonymous} </a:Address>`))
    await check(header('ReplyTo', '<a:Address>http://elsewhere.example/</a:Address>'))
    await check(header('ReplyTo', ''))
    await check(header('ReferenceParameters', ''))
  })
})
