import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ContractError } from '../../../../src/wsdl/contract-error.ts'
import { operationsOf } from '../../../../src/wsdl/contract-operations.ts'
import type { DescribedService } from '../../../../src/wsdl/foreign/described-service.ts'
import { readAnyWsdl } from '../../../../src/wsdl/foreign/read-any-wsdl.ts'
import { XmlError } from '../../../../src/xml/xml-error.ts'

const address = 'http://example.org/counter'
const root = `xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:x="http://www.w3.org/2001/XMLSchema" xmlns:b="urn:base" xmlns:t="urn:t"
  xmlns:gwsdl="http://www.gridforum.org/namespaces/2003/03/gridWSDLExtensions"
  xmlns:sd="http://www.gridforum.org/namespaces/2003/03/serviceData"`

const base = `<definitions ${root} targetNamespace="urn:base">
  <types><x:schema targetNamespace="urn:base"><x:element name="ask" type="x:string"/><x:element name="told" type="x:string"/></x:schema></types>
  <message name="ask"><part name="p" element="b:ask"/></message>
  <message name="told"><part name="p" element="b:told"/></message>
  <gwsdl:portType name="Asked"><operation name="ask"><input message="b:ask"/><output message="b:told"/></operation></gwsdl:portType>
</definitions>`

const own = `<definitions ${root} targetNamespace="urn:t">
  <import namespace="urn:base" location="base.gwsdl"/>
  <types><x:schema targetNamespace="urn:t"><x:element name="add" type="x:long"/></x:schema></types>
  <message name="add"><part name="p" element="t:add"/></message>
  <gwsdl:portType name="Adder" extends="b:Asked"><operation name="add"><input message="t:add"/><output message="t:add"/></operation></gwsdl:portType>
  <gwsdl:portType name="Counter" extends="t:Adder b:Asked">
    <sd:serviceData name="value" type="x:long" mutability="mutable"/></gwsdl:portType>
</definitions>`

const read = (
  text: string,
  others: Readonly<Record<string, string>> = { 'base.gwsdl': base },
): Promise<DescribedService> =>
  readAnyWsdl(`${address}?gwsdl`, url => {
    const found = url === `${address}?gwsdl` ? text : others[url.slice('http://example.org/'.length)]
    return found === undefined ? Promise.reject(new ContractError(`nothing at ${url}`)) : Promise.resolve(found)
  })

describe('a GWSDL', () => {
  test('is called where it is found, with all that its last portType inherits, each operation once', async () => {
    const { contract, ports } = await read(own)
    expect(ports).toMatchObject([{ address, portType: { namespace: 'urn:t', local: 'Counter' }, soap: '1.1' }])
    expect(operationsOf(contract, { namespace: 'urn:t', local: 'Counter' }).map(({ name }) => name)).toEqual([
      'ask',
      'add',
    ])
    expect(contract.portTypes.find(({ name }) => name.local === 'Counter')?.serviceData).toMatchObject([
      { name: { namespace: 'urn:t', local: 'value' }, mutability: 'mutable' },
    ])
  })

  test('with a binding is called as it says', async () => {
    const bound = own.replace(
      '</definitions>',
      `<binding name="B" type="t:Counter" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/"><soap:binding transport="http://schemas.xmlsoap.org/soap/http"/>
       <operation name="add"><soap:operation soapAction="urn:add"/><input><soap:body use="literal"/></input></operation></binding>
       <service name="S" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/"><port name="P" binding="t:B"><soap:address location="http://example.org/other"/></port></service></definitions>`,
    )
    const { ports } = await read(bound)
    expect(ports).toMatchObject([{ address: 'http://example.org/other', portType: { local: 'Counter' } }])
  })

  test.each([
    ['extends what is not there', own.replace('b:Asked"', 'b:Aksed"'), /Aksed/],
    ['has a portType without a message', own.replace('message="t:add"', 'message="t:ad"'), /ad/],
    ['imports what is not there', own.replace('base.gwsdl', 'bass.gwsdl'), /nothing at/],
  ])('that %s is refused', async (_what, text, why) => {
    await expect(read(text)).rejects.toThrow(why)
    await expect(read(text)).rejects.toBeInstanceOf(ContractError)
  })

  test('whose portTypes or documents go in circles ends', async () => {
    const circle = base
      .replace('<gwsdl:portType name="Asked">', '<import namespace="urn:t" location="counter?gwsdl"/>$&')
      .replace('name="Asked">', 'name="Asked" extends="t:Counter">')
    const { ports } = await read(own, { 'base.gwsdl': circle })
    expect(ports.length).toBeLessThanOrEqual(1)
  })

  test('that was spoilt anywhere is read, or refused with a reason', { timeout: 60_000 }, async () => {
    const words = own.split(/(?<=[<>"= /])/)
    const at = fc.nat({ max: words.length - 1 })
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(at, at), { maxLength: 5 }), async swaps => {
        const spoilt = [...words]
        for (const [to, from] of swaps) spoilt[to] = words[from] ?? ''
        try {
          await read(spoilt.join(''))
        } catch (error) {
          if (!(error instanceof ContractError || error instanceof XmlError)) throw error
        }
      }),
      { numRuns: 400 },
    )
  })
})
