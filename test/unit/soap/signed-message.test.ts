import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { createAuthority } from '../../../src/gsi/authority.ts'
import type { Credential } from '../../../src/gsi/credential.ts'
import { createProxy } from '../../../src/gsi/proxy.ts'
import { type Envelope, readEnvelope } from '../../../src/soap/envelope.ts'
import { soap11 } from '../../../src/soap/namespaces.ts'
import { ds, envelopedSignature, exclusiveCanonicalization, wsse, wsu } from '../../../src/soap/security/names.ts'
import { understoodHeaders } from '../../../src/soap/security/security-header.ts'
import { writeSignedEnvelope } from '../../../src/soap/security/sign-envelope.ts'
import { freshUntil } from '../../../src/soap/security/timestamp.ts'
import { type SignedMessage, verifyMessage } from '../../../src/soap/security/verify-message.ts'
import { attributeOf, textOf, type XmlElement } from '../../../src/xml/tree.ts'
import { parseXml } from '../../../src/xml/xml-reader.ts'
import { type SigningOptions, signMessage } from '../../support/signed-message.ts'

let alice: Credential
let elliptic: Credential
let proxy: Credential
beforeAll(async () => {
  const rsa = await createAuthority({ dn: '/O=Grid/CN=CA', key: 'rsa' })
  alice = await rsa.issueUser({ dn: '/O=Grid/CN=Alice', key: 'rsa' })
  const ec = await createAuthority({ dn: '/O=Grid/CN=EC CA', key: 'ec' })
  elliptic = await ec.issueUser({ dn: '/O=Grid/CN=Eve', key: 'ec' })
  proxy = await createProxy(alice, {})
})

const pay = '<p:pay xmlns:p="urn:p"><p:to>bob &amp; co</p:to>\n  <p:amount unit="EUR">10</p:amount></p:pay>'
const sign = (options: SigningOptions = {}, signer = alice): string => signMessage(pay, signer, options)
const envelopeOf = (text: string): { root: XmlElement; envelope: Envelope } => {
  const root = parseXml(text)
  return { root, envelope: readEnvelope(root) }
}
const verify = (text: string, sha1: 'accept' | 'refuse' = 'refuse'): SignedMessage | undefined => {
  const { root, envelope } = envelopeOf(text)
  return verifyMessage(text, root, envelope, { sha1 })
}
const refusal = (text: string): string => {
  try {
    verify(text)
  } catch (error) {
    expect(error).toMatchObject({ code: 'credential-problem', detail: { kind: 'signature' } })
    return (error as Error).message
  }
  return 'taken'
}

describe('a signed message', () => {
  test('is what was signed, and by whom', () => {
    const message = verify(sign())
    expect(message?.chain).toEqual([alice.certificate.der])
    expect(message?.envelope.body).toMatchObject({ namespace: 'urn:p', local: 'pay' })
    expect(message?.envelope.body.children.map(child => (typeof child === 'string' ? child : textOf(child)))).toEqual([
      'bob & co',
      '\n  ',
      '10',
    ])
    expect(message?.digest).toMatch(/^[0-9a-f]{64}$/)
  })

  test('brings a proxy with those above it', () => {
    expect(verify(sign({ token: 'pki-path' }, proxy))?.chain).toEqual(proxy.certificates.map(one => one.der))
  })

  test('has the same digest when it comes again, and another when anything in it is another', () => {
    const text = sign()
    const digest = verify(text)?.digest
    expect(verify(text)?.digest).toBe(digest)
    expect(verify(sign({ created: new Date(1) }))?.digest).not.toBe(digest)
    expect(verify(sign({}, proxy))?.digest).not.toBe(digest)
  })

  test('may come with the transform that leaves out the signature, and with elliptic curves', () => {
    expect(verify(sign({ transforms: [envelopedSignature, exclusiveCanonicalization] }))).toBeDefined()
    expect(refusal(sign({}, elliptic))).toMatch(/says rsa-sha256, and its certificate has a key of the kind ec/)
  })

  test('has only those headers that were signed', () => {
    const action = `<a:Action xmlns:a="http://www.w3.org/2005/08/addressing" wsu:Id="action">urn:pay</a:Action>`
    const other = '<o:other xmlns:o="urn:o">1</o:other>'
    expect(verify(sign({ headers: action + other }))?.envelope.headers).toEqual([])
    const signed = verify(sign({ headers: action + other, parts: ['Body', 'Timestamp', 'Action'] }))
    expect(signed?.envelope.headers.map(header => header.local)).toEqual(['Action'])
  })

  test('is understood, and one with more than a signature is not', () => {
    expect([...understoodHeaders(envelopeOf(sign()).envelope)]).toEqual([`{${wsse}}Security`])
    const more = sign().replace('</wsse:Security>', '<wsse:UsernameToken/></wsse:Security>')
    expect([...understoodHeaders(envelopeOf(more).envelope)]).toEqual([])
  })

  test('is none when nobody signed it', () => {
    expect(verify(`<s:Envelope xmlns:s="${soap11}"><s:Body>${pay}</s:Body></s:Envelope>`)).toBeUndefined()
    const foreign = sign().replace('s:mustUnderstand="1"', 's:actor="urn:somebody-else"')
    expect(verify(foreign)).toBeUndefined()
  })
})

test('what we sign ourselves is a signed message, with RSA and with elliptic curves, names in its content included', () => {
  const body = '<q:ask xmlns:q="urn:q" xmlns:v="urn:v">v:name\u2028\u0085</q:ask>'
  for (const signer of [alice, proxy, elliptic])
    for (const version of ['1.1', '1.2'] as const) {
      const message = verify(writeSignedEnvelope(body, version, signer, Date.now()))
      expect(message?.chain).toEqual(signer.certificates.map(one => one.der))
      expect(message?.envelope.body).toMatchObject({ namespace: 'urn:q', local: 'ask' })
      expect(message?.envelope.body.prefixes.get('v')).toBe('urn:v')
      expect(message?.envelope.body.children).toEqual(['v:name\u2028\u0085'])
    }
})

describe('is refused', () => {
  test('with anything changed that was signed', () => {
    expect(refusal(sign().replace('bob', 'eve'))).toMatch(/changed after it was signed/)
    expect(refusal(sign().replace('unit="EUR"', 'unit="USD"'))).toMatch(/changed/)
    expect(refusal(sign().replace('>10<', '><x/>10<'))).toMatch(/changed/)
    expect(refusal(sign().replace(/<wsu:Expires>20/, '<wsu:Expires>30'))).toMatch(/changed/)
    // What canonicalization takes for the same is the same.
    expect(refusal(sign().replace('unit="EUR"', "unit='EUR'").replace('<p:pay ', '<p:pay\n\n'))).toBe('taken')
    expect(refusal(sign().replace('>10<', '><!-- a comment -->10<'))).toMatch(/a comment, a CDATA section/)
    expect(refusal(sign().replace('>10<', '><![CDATA[10]]><'))).toMatch(/a comment, a CDATA section/)
    expect(refusal(sign().replace('>10<', '><?pi?>10<'))).toMatch(/a comment, a CDATA section/)
    const script = '<script xmlns="http://www.w3.org/1999/xhtml"/>'
    expect(refusal(sign().replace('>10<', `>${script}10<`))).toMatch(/XHTML/)
  })

  test('by another key, another certificate, or none', () => {
    const token = (text: string): string => /wsu:Id="token">([^<]+)</.exec(text)?.[1] ?? ''
    const text = sign()
    expect(refusal(text.replace(token(text), token(sign({}, proxy))))).toMatch(/not made with the key/)
    expect(refusal(text.replace(token(text), 'AAAA'))).toMatch(/certificate of the signature is none/)
    expect(refusal(text.replace(token(text), '%%'))).toMatch(/not base64/)
    expect(refusal(text.replace('URI="#token"', 'URI="#tokens"'))).toMatch(/no BinarySecurityToken "#tokens"/)
    expect(refusal(text.replace(/<ds:SignatureValue>..../, '<ds:SignatureValue>AAAA'))).toMatch(/not made with the key/)
    expect(refusal(text.replace(/<ds:KeyInfo>.*<\/ds:KeyInfo>/s, ''))).toMatch(/with which certificate/)
  })

  test('without a signed Body and Timestamp', () => {
    expect(refusal(sign({ parts: ['Body'] }))).toMatch(/Timestamp of the message is not signed/)
    expect(refusal(sign({ parts: ['Timestamp'] }))).toMatch(/Body of the message is not signed/)
    expect(refusal(sign({ parts: ['Body', 'Timestamp', 'to'] }))).toMatch(/which is not the Body/)
    expect(refusal(sign().replace(/<wsu:Timestamp.*<\/wsu:Timestamp>/s, ''))).toMatch(/no wsu:Timestamp/)
  })

  test('with methods that are too weak, unknown, or of another kind', () => {
    const sha1 = { method: `${ds}rsa-sha1`, digest: `${ds}sha1` }
    expect(refusal(sign(sha1))).toMatch(/rsa-sha1" is not taken/)
    expect(verify(sign(sha1), 'accept')).toBeDefined()
    expect(refusal(sign({ digest: `${ds}sha1` }))).toMatch(/or is broken/)
    expect(refusal(sign().replace('xmldsig-more#rsa-sha256', 'xmldsig-more#hmac-sha256'))).toMatch(/is not taken/)
    expect(refusal(sign().replace('xmldsig-more#rsa-sha256', 'xmldsig-more#rsa-sha512'))).toMatch(
      /not made with the key/,
    )
    const c14n = 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315'
    expect(refusal(sign({ transforms: [c14n] }))).toMatch(/signed by way of/)
    expect(refusal(sign({ transforms: [`${exclusiveCanonicalization}WithComments`] }))).toMatch(/signed by way of/)
    expect(
      refusal(
        sign().replace(
          `CanonicalizationMethod Algorithm="${exclusiveCanonicalization}`,
          `CanonicalizationMethod Algorithm="${c14n}`,
        ),
      ),
    ).toMatch(/not made with the key|broken/)
  })

  describe('when its signed parts were moved (signature wrapping)', () => {
    const evil = '<p:pay xmlns:p="urn:p"><p:to>eve</p:to></p:pay>'
    const parts = (text: string): { body: string; timestamp: string } => ({
      body: /<s:Body.*<\/s:Body>/s.exec(text)?.[0] ?? '',
      timestamp: /<wsu:Timestamp.*<\/wsu:Timestamp>/s.exec(text)?.[0] ?? '',
    })
    let made: string | undefined
    const text = (): string => {
      made ??= sign()
      return made
    }

    test('into a header of its own', () => {
      const { body } = parts(text())
      for (const id of ['', ' wsu:Id="body"', ' Id="body"', ' wsu:Id="other"']) {
        const moved = text()
          .replace(body, `<s:Body${id}>${evil}</s:Body>`)
          .replace('<s:Header>', `<s:Header><w:wrapper xmlns:w="urn:w">${body}</w:wrapper>`)
        expect(refusal(moved), id).toMatch(/which is not the Body|More than one element has the Id|not signed/)
      }
      const asHeader = text().replace(body, `<s:Body>${evil}</s:Body>`).replace('<s:Header>', `<s:Header>${body}`)
      expect(refusal(asHeader)).toMatch(/Body of the message is not signed/)
    })

    test('into the Security header, the Signature, or behind the Body', () => {
      const { body } = parts(text())
      const fake = `<s:Body>${evil}</s:Body>`
      const moves: readonly (readonly [string, string])[] = [
        ['</wsse:Security>', `${body}</wsse:Security>`],
        ['</ds:Signature>', `<ds:Object>${body}</ds:Object></ds:Signature>`],
        [fake, `${fake}<w:wrapper xmlns:w="urn:w">${body}</w:wrapper>`],
        [fake, `<s:Body><w:wrapper xmlns:w="urn:w">${body}</w:wrapper></s:Body>`],
      ]
      for (const [from, to] of moves) expect(refusal(text().replace(body, fake).replace(from, to)), from).toMatch(/./)
      for (const [from, to] of moves)
        expect(refusal(text().replace(body, fake).replace(from, to)), from).not.toBe('taken')
    })

    test('with an older Timestamp in its place', () => {
      const { timestamp } = parts(text())
      const fresh = parts(sign({ created: new Date(Date.now() + 1000) })).timestamp
      const wrapped = text()
        .replace(timestamp, fresh.replace('wsu:Id="timestamp"', ''))
        .replace('<s:Header>', `<s:Header><w:w xmlns:w="urn:w">${timestamp}</w:w>`)
      expect(refusal(wrapped)).toMatch(/which is not the Body, the Timestamp/)
      expect(refusal(text().replace(timestamp, timestamp + fresh))).toMatch(/more than one wsu:Timestamp/)
    })

    test('or with a second Security header, Signature, or SignedInfo', () => {
      const security = /<wsse:Security .*<\/wsse:Security>/s.exec(text())?.[0] ?? ''
      const signature = /<ds:Signature .*<\/ds:Signature>/s.exec(text())?.[0] ?? ''
      const info = /<ds:SignedInfo>.*<\/ds:SignedInfo>/s.exec(text())?.[0] ?? ''
      expect(refusal(text().replace('<s:Header>', `<s:Header>${security}`))).toMatch(/more than one Security/)
      expect(refusal(text().replace('</wsse:Security>', `${signature}</wsse:Security>`))).toMatch(/more than one Sig/)
      expect(refusal(text().replace('<p:to>', `${signature}<p:to>`))).toMatch(/more than one Signature/)
      expect(refusal(text().replace(info, info + info))).toMatch(/not one SignedInfo/)
      expect(refusal(text().replace('<s:Header>', `<s:Header><ds:SignedInfo xmlns:ds="${ds}"/>`))).toMatch(
        /not one SignedInfo/,
      )
    })

    test('or with references that say something else', () => {
      for (const uri of ['', '#', '#none', 'body', "#body'or'1", '#xpointer(/)', 'http://localhost/x', '#token'])
        expect(refusal(text().replace('URI="#body"', `URI="${uri}"`)), uri).not.toBe('taken')
      expect(refusal(text().replace('URI="#body"', ''))).toMatch(/a part that is not in this message/)
    })
  })

  test('or is exactly what was signed, whatever one character becomes', () => {
    const text = sign()
    const wanted = JSON.stringify(plain(verify(text)?.envelope.body))
    fc.assert(
      fc.property(
        fc.nat(text.length - 1),
        fc.constantFrom('<', '>', '"', '&', ' ', 'x', '/', '#', ''),
        (at, character) => {
          const mutant = text.slice(0, at) + character + text.slice(at + 1)
          let message: SignedMessage | undefined
          try {
            message = verify(mutant)
          } catch {
            return
          }
          // Where it no longer says that it is signed for us, nothing is claimed of it.
          if (message !== undefined) expect(JSON.stringify(plain(message.envelope.body))).toBe(wanted)
        },
      ),
      { numRuns: Number(process.env['FUZZ_CASES'] ?? 400) },
    )
  })
})

/** An element without the prefixes, which say nothing. */
const plain = (element: XmlElement | string | undefined): unknown =>
  element === undefined || typeof element === 'string'
    ? element
    : [element.namespace, element.local, element.attributes, element.children.map(plain)]

describe('a timestamp', () => {
  const window = 300_000
  const skew = 60_000
  test.for([
    [0, undefined, 0, 360_000],
    [0, 10_000, 0, 70_000],
    [0, 9e9, 0, 360_000],
    [0, undefined, 359_999, 360_000],
    [60_000, undefined, 0, 420_000],
  ] as const)('made at %d, good until %s, seen at %d, is remembered until %d', ([created, expires, now, until]) => {
    expect(freshUntil({ created, expires }, now, window, skew)).toBe(until)
  })

  test.for([
    [0, undefined, 360_000, /too old/],
    [0, 10_000, 70_000, /too old/],
    [60_001, undefined, 0, /in the future/],
    [0, -100_000, 0, /too old/],
  ] as const)('made at %d, good until %s, is refused at %d', ([created, expires, now, why]) => {
    expect(() => freshUntil({ created, expires }, now, window, skew)).toThrow(why)
  })

  test('is a moment', () => {
    for (const moment of ['', 'now', '2026', '2026-01-01', '2026-01-01T00:00:00', '2026-13-01T00:00:00Z'])
      expect(refusal(sign().replace(/<wsu:Created>[^<]*/, `<wsu:Created>${moment}`)), moment).not.toBe('taken')
    expect(attributeOf(parseXml(`<a xmlns:w="${wsu}" w:Id="x"/>`), wsu, 'Id')).toBe('x')
  })
})
