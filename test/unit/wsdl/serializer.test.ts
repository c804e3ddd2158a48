import { describe, expect, test } from 'vitest'
import { type ErrorCode, errorTable } from '../../../src/core/error-table.ts'
import { GridwrapError } from '../../../src/core/errors.ts'
import { type QName, qname } from '../../../src/core/qname.ts'
import { baseContract, jobSchema, ogsiSchema } from '../../../src/wsdl/base-contract.ts'
import { applicationContract } from '../../../src/wsdl/contract.ts'
import { decodeElement } from '../../../src/wsdl/decoder.ts'
import { encodeFaultDetail } from '../../../src/wsdl/fault-detail.ts'
import { JOB, OGSI, serviceDataValues } from '../../../src/wsdl/names.ts'
import { EncodedContent, encodeElement } from '../../../src/wsdl/serializer.ts'
import { childElements } from '../../../src/xml/tree.ts'
import { parseXml } from '../../../src/xml/xml-reader.ts'
import { sample } from './sample-application.ts'
import { xsdOracle } from './xsd-oracle.ts'

const contract = applicationContract(sample)
const run = qname(contract.namespace, 'run')
const ogsi = (local: string): QName => qname(OGSI, local)
const a = { text: 'ACGT' }
const status = {
  job: { id: 'x', address: 'https://h/instances/x', handle: 'https://h/instances/x', page: 'https://h/instances/x' },
  application: 'gap-fill',
  state: 'Active',
  submitted: new Date('2026-11-21T08:00:00Z'),
}

describe('text', () => {
  test('is complete in itself, with the prefixes of the documentation', () => {
    expect(
      encodeElement(contract, run, {
        a: { name: 'a<b', content: new Uint8Array([1, 2, 255]) },
        steps: 9007199254740993n,
      }),
    ).toBe(
      '<t:run xmlns:t="urn:gridwrap:app:gap-fill" xmlns:j="urn:gridwrap:job"><t:a><j:name>a&lt;b</j:name><j:content>AQL/</j:content></t:a><t:steps>9007199254740993</t:steps></t:run>',
    )
  })

  test('of QNames declares their prefixes where they stand', () => {
    const value = { inputElement: run, createsInterface: [ogsi('GridService'), qname('', 'none')] }
    const text = encodeElement(baseContract, ogsi('createServiceExtensibility'), value)
    expect({ ...decodeElement(baseContract, parseXml(text)).value }).toEqual(value)
  })

  test('of attributes is qualified, as GT3 clients want it', () => {
    const text = encodeElement(baseContract, ogsi('terminationTime'), { after: new Date(0), before: 'infinity' })
    expect(text).toContain(' ogsi:after="1970-01-01T00:00:00.000Z" ogsi:before="infinity"')
  })

  test('of null is nil', () => {
    expect(encodeElement(baseContract, ogsi('factoryLocator'), null)).toMatch(/ xsi:nil="true"\/>$/)
  })

  test('of a derived type says which one', () => {
    const definitions = parseXml('<definitions xmlns="http://schemas.xmlsoap.org/wsdl/"/>')
    const value = { reference: [{ '@type': ogsi('WSDLReferenceType'), goodUntil: new Date(0), any: [definitions] }] }
    const text = encodeElement(baseContract, ogsi('locator'), value)
    expect(text).toContain('xsi:type="ogsi:WSDLReferenceType"')
    expect(decodeElement(baseContract, parseXml(text)).problems).toEqual([])
  })

  test('of wildcards takes elements and what was encoded before', () => {
    const inner = new EncodedContent(encodeElement(baseContract, ogsi('terminationTime'), { before: 'infinity' }))
    const text = encodeElement(baseContract, serviceDataValues, { any: [inner, parseXml('<x xmlns="urn:x">1</x>')] })
    expect(childElements(parseXml(text)).map(child => child.local)).toEqual(['terminationTime', 'x'])
  })

  test('takes words of a command line for simple values', () => {
    const text = encodeElement(contract, run, { a, steps: '7', gap_open: '1.5', endweight: 'true', center: ['1', 2] })
    expect({ ...decodeElement(contract, parseXml(text)).value }).toMatchObject({
      steps: 7n,
      gap_open: 1.5,
      endweight: true,
      center: [1, 2],
    })
  })
})

describe('a value that does not fit is our own mistake', () => {
  test.each([
    [{}, /^a is missing$/],
    [{ a: {} }, /^a has none of text, content, url, upload$/],
    [{ a: { text: 'x', upload: true } }, /^a takes one of text, content, url, upload, and several are given$/],
    [{ a: 'ACGT' }, /^a is no object$/],
    [{ a, gapopen: 3 }, /^gapopen is no member here; the members are a, /],
    [{ a, run: 'slow' }, /^run is "slow", and must be one of the accepted values \(fast, three_d\)$/],
    [{ a, steps: 1.5 }, /^steps is 1.5, and must be a whole number/],
    [{ a, steps: 2n ** 63n }, /^steps is 9223372036854775808, and must be/],
    [{ a, gap_open: {} }, /^gap_open is an object, and must be a number/],
    [{ a, title: null }, /^title is null, and cannot be nil$/],
    [{ a, options: { waitSeconds: 'soon' } }, /^options.waitSeconds is "soon"/],
    [{ a, images: [a, { content: 'QUJ' }] }, /^images\[2\].content is "QUJ", and must be bytes in base64$/],
  ])('%#', (value, message) => {
    expect(() => encodeElement(contract, run, value)).toThrow(message)
    expect(() => encodeElement(contract, run, value)).not.toThrow(GridwrapError)
  })

  test('text cannot pass for markup', () => {
    expect(() => encodeElement(baseContract, serviceDataValues, { any: ['<x/>'] })).toThrow(/any is no XML element/)
  })

  test('an element that the contract does not have', () => {
    expect(() => encodeElement(contract, qname(JOB, 'walk'), {})).toThrow(/has no element \{urn:gridwrap:job\}walk/)
  })

  test('an abstract type', () => {
    expect(() => encodeElement(baseContract, ogsi('locator'), { reference: [{}] })).toThrow(
      /reference\[1\] has no @type/,
    )
  })
})

describe('the detail of faults', () => {
  const detail = {
    problem: [{ input: 'gap_open', value: '500', rule: 'must be 1 to 100', accepted: ['1', '100'] }],
    status,
    cause: 'input',
    stderrTail: 'Error: <no> such file\u0007',
    why: 'ended',
    action: 'job.cancel',
    identity: '/O=Grid/CN=Someone',
    kind: 'proxy',
    expires: new Date('2026-01-01T00:00:00Z'),
    retryAfterSeconds: 30,
    incident: 'abc',
  } as const

  test.each(Object.keys(errorTable) as ErrorCode[])('%s is valid, whatever it carries', code => {
    using oracle = xsdOracle([jobSchema, ogsiSchema])
    for (const error of [new GridwrapError(code, 'Why.'), new GridwrapError(code, 'Why.', { hint: 'How.', detail })]) {
      const text = encodeFaultDetail(error, { originator: 'https://h/instances/x', ogsi: true })
      const elements = childElements(parseXml(`<detail>${text}</detail>`))
      expect(elements).toHaveLength(2)
      expect(elements.map(element => element.namespace)).toEqual([OGSI, JOB])
      for (const part of text.split(/(?=<j:[A-Z])/)) expect(oracle.refusal(part)).toBeUndefined()
    }
  })

  test('of errors that are not OGSI has one element, and what belongs to it', () => {
    const error = new GridwrapError('invalid-input', 'gap_open is wrong.', { hint: 'See the accepted values.', detail })
    const element = parseXml(encodeFaultDetail(error))
    expect(element.local).toBe('InvalidInput')
    const { value } = decodeElement(baseContract, element)
    expect(JSON.parse(JSON.stringify(value))).toEqual({
      code: 'invalid-input',
      message: 'gap_open is wrong.',
      hint: 'See the accepted values.',
      problem: detail.problem,
    })
  })

  test('of OGSI has description, originator, time and the causes that may be told', () => {
    const cause = new GridwrapError('invalid-input', 'Inner.', { cause: new Error('secret') })
    const error = new GridwrapError('target-invalid', 'Outer.', { cause })
    const timestamp = new Date('2026-11-21T08:00:00Z')
    const text = encodeFaultDetail(error, { originator: 'https://h/services/needle', timestamp })
    const [fault] = childElements(parseXml(`<detail>${text}</detail>`))
    if (fault === undefined) throw new Error('there is no fault')
    expect(fault.local).toBe('targetInvalidFault')
    expect(text).not.toContain('secret')
    expect(JSON.parse(JSON.stringify(decodeElement(baseContract, fault).value))).toEqual({
      description: ['Outer.'],
      originator: { handle: ['https://h/services/needle'] },
      timestamp: timestamp.toISOString(),
      faultcause: [
        {
          description: ['Inner.'],
          originator: { handle: ['https://h/services/needle'] },
          timestamp: timestamp.toISOString(),
        },
      ],
    })
  })

  test('may name the OGSI element, with what it has of its own', () => {
    const available = new Date('2026-11-22T08:00:00Z')
    const error = new GridwrapError('not-found', 'Later.', { detail: { ogsi: { available } } })
    const text = encodeFaultDetail(error, { ogsi: 'temporarilyUnavailableFault' })
    const [fault] = childElements(parseXml(`<detail>${text}</detail>`))
    if (fault === undefined) throw new Error('there is no fault')
    expect(decodeElement(baseContract, fault)).toMatchObject({ value: { available }, problems: [] })
  })
})
