import { describe, expect, it } from 'vitest'
import { type ErrorCode, errorTable } from '../../../src/core/error-table.ts'
import { GridwrapError } from '../../../src/core/errors.ts'
import { qname } from '../../../src/core/qname.ts'
import { readEnvelope } from '../../../src/soap/envelope.ts'
import { isFault, readFault } from '../../../src/soap/fault-reader.ts'
import { faultStatus, writeFault } from '../../../src/soap/fault-writer.ts'
import { NotUnderstoodError } from '../../../src/soap/must-understand.ts'
import { envelopeNamespace, soap11, soap12, soapContentType } from '../../../src/soap/namespaces.ts'
import { attributeOf, childElements } from '../../../src/xml/tree.ts'
import { parseXml } from '../../../src/xml/xml-reader.ts'
import { refusal } from './refusal.ts'

const versions = ['1.1', '1.2'] as const
const detailXml = '<j:NotReady xmlns:j="urn:gridwrap:job"><j:code>not-ready</j:code></j:NotReady>'

describe('writeFault', () => {
  it.each(versions)('writes what readFault reads: SOAP %s', version => {
    const error = new GridwrapError('not-ready', 'It is <Done> & over.', { hint: 'Ask again.' })
    const envelope = readEnvelope(parseXml(writeFault(error, version, detailXml)))
    expect(envelope.version).toBe(version)
    expect(isFault(envelope.body)).toBe(true)
    const fault = readFault(envelope.body)
    expect(fault).toMatchObject({
      version,
      code: { namespace: envelopeNamespace(version), local: version === '1.1' ? 'Client' : 'Sender' },
      reason: 'It is <Done> & over. Ask again.',
    })
    expect(fault.detail && childElements(fault.detail)).toMatchObject([
      { namespace: 'urn:gridwrap:job', local: 'NotReady' },
    ])
  })

  it('says whose mistake each error of the table is, and the status', () => {
    for (const code of Object.keys(errorTable) as ErrorCode[]) {
      const error = new GridwrapError(code, 'x')
      for (const version of versions) {
        const local = readFault(readEnvelope(parseXml(writeFault(error, version))).body).code.local
        const { party } = errorTable[code]
        const expected = {
          client: version === '1.1' ? 'Client' : 'Sender',
          server: version === '1.1' ? 'Server' : 'Receiver',
          version: 'VersionMismatch',
          'must-understand': 'MustUnderstand',
        }[party]
        expect(local).toBe(expected)
        expect(faultStatus(error, version)).toBe(version === '1.2' && party === 'client' ? 400 : 500)
      }
    }
  })

  it('lists the versions that are taken', () => {
    const error = new GridwrapError('version-mismatch', 'x')
    const { headers } = readEnvelope(parseXml(writeFault(error, '1.2', detailXml)))
    expect(headers).toHaveLength(1)
    expect(headers[0]).toMatchObject({ namespace: soap12, local: 'Upgrade' })
    const supported = headers.flatMap(childElements).map(element => {
      const [prefix = '', local] = (attributeOf(element, '', 'qname') ?? '').split(':')
      return `{${element.prefixes.get(prefix)}}${local}`
    })
    expect(supported).toEqual([`{${soap12}}Envelope`, `{${soap11}}Envelope`])
    expect(readEnvelope(parseXml(writeFault(error, '1.1', detailXml)))).toMatchObject({ headers: [] })
  })

  it('names the headers that were not understood, and has no detail', () => {
    const error = new NotUnderstoodError([qname('urn:h', 'h'), qname('', 'i'), qname(soap12, 'j')])
    const { headers, body } = readEnvelope(parseXml(writeFault(error, '1.2', detailXml)))
    const names = headers.map(header => {
      const [local = '', prefix = ''] = (attributeOf(header, '', 'qname') ?? '').split(':').reverse()
      return `{${header.prefixes.get(prefix) ?? ''}}${local}`
    })
    expect(headers.every(header => header.namespace === soap12 && header.local === 'NotUnderstood')).toBe(true)
    expect(names).toEqual(['{urn:h}h', '{}i', `{${soap12}}j`])
    expect(readFault(body).detail).toBeUndefined()
  })

  it('stays well-formed whatever the message holds', () => {
    const error = new GridwrapError('internal', 'a\0b\ud800]]>\r')
    for (const version of versions)
      expect(readFault(readEnvelope(parseXml(writeFault(error, version))).body).reason).toBe('a\ufffdb\ufffd]]>')
  })
})

describe('readFault', () => {
  it('reads what other stacks send', () => {
    const fault11 = parseXml(
      `<e:Fault xmlns:e="${soap11}"><e:faultcode xmlns:x="urn:x">x:Odd.Code</e:faultcode><e:faultstring/></e:Fault>`,
    )
    expect(readFault(fault11)).toMatchObject({
      code: { namespace: 'urn:x', local: 'Odd.Code' },
      reason: '',
      detail: undefined,
    })
    const fault12 = parseXml(
      `<e:Fault xmlns:e="${soap12}"><e:Code><e:Value>e:Sender</e:Value><e:Subcode><e:Value>a</e:Value>` +
        '<e:Subcode><e:Value>e:b</e:Value></e:Subcode></e:Subcode></e:Code>' +
        '<e:Reason><e:Text xml:lang="de">nein</e:Text><e:Text xml:lang="en-GB">no</e:Text></e:Reason></e:Fault>',
    )
    expect(readFault(fault12)).toMatchObject({
      code: { local: 'Sender' },
      subcodes: [
        { namespace: '', local: 'a' },
        { namespace: soap12, local: 'b' },
      ],
      reason: 'no',
    })
  })

  it('refuses what is no fault', async () => {
    expect((await refusal(() => readFault(parseXml('<Fault/>')))).message).toContain('not a SOAP Fault')
    expect((await refusal(() => readFault(parseXml(`<Fault xmlns="${soap12}"/>`)))).message).toContain('no code')
  })
})

it('names the content types', () => {
  expect(versions.map(soapContentType)).toEqual(['text/xml; charset=utf-8', 'application/soap+xml; charset=utf-8'])
})
