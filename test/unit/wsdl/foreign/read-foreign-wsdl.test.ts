// Over 300 lines: what others write in WSDLs, construct by construct, each read, called, or refused.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeElement } from '../../../../src/wsdl/decoder.ts'
import { gatherDocuments } from '../../../../src/wsdl/foreign/gather-documents.ts'
import { readAnyWsdl } from '../../../../src/wsdl/foreign/read-any-wsdl.ts'
import { type ForeignWsdl, readForeignWsdl } from '../../../../src/wsdl/foreign/read-foreign-wsdl.ts'
import { encodeElement } from '../../../../src/wsdl/serializer.ts'
import { parseXml } from '../../../../src/xml/xml-reader.ts'

const site = 'http://example.org/'
const reader =
  (documents: Readonly<Record<string, string>>) =>
  (url: string): Promise<string> => {
    const text = documents[url.slice(site.length)]
    return text === undefined ? Promise.reject(new Error(`nothing at ${url}`)) : Promise.resolve(text)
  }
const gathered = async (documents: Readonly<Record<string, string>>): Promise<ForeignWsdl> =>
  readForeignWsdl(await gatherDocuments(`${site}a.wsdl`, reader(documents)))

const root = `xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:x="http://www.w3.org/2001/XMLSchema" xmlns:t="urn:t"
  xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" targetNamespace="urn:t"`

/** A WSDL with one operation, whose request is the element `r` of these schema components. */
const wsdl = (components: string, attributes = 'elementFormDefault="qualified"'): string => `<definitions ${root}>
  <types><x:schema targetNamespace="urn:t" ${attributes}>${components}</x:schema></types>
  <message name="m"><part name="p" element="t:r"/></message>
  <portType name="P"><operation name="o"><input message="t:m"/><output message="t:m"/></operation></portType>
  <binding name="B" type="t:P"><soap:binding transport="http://schemas.xmlsoap.org/soap/http"/>
    <operation name="o"><soap:operation soapAction="urn:o"/><input><soap:body use="literal"/></input></operation></binding>
  <service name="S"><port name="S" binding="t:B"><soap:address location="http://example.org/s"/></port></service>
</definitions>`

/** What comes back of a value that was written and read. */
async function round(components: string, value: unknown, attributes?: string): Promise<unknown> {
  const { contract } = await gathered({ 'a.wsdl': wsdl(components, attributes) })
  const name = { namespace: 'urn:t', local: 'r' }
  const { value: read, problems } = decodeElement(contract, parseXml(encodeElement(contract, name, value)))
  expect(problems).toEqual([])
  return read
}
const r = (content: string): string => `<x:element name="r"><x:complexType>${content}</x:complexType></x:element>`

describe('constructs that gridwrap does not write itself', () => {
  test.each<[string, string, object]>([
    [
      'groups by reference',
      `<x:group name="g"><x:sequence><x:element name="a" type="x:int"/></x:sequence></x:group>
       <x:attributeGroup name="h"><x:attribute name="k" type="x:string"/></x:attributeGroup>
       ${r('<x:sequence><x:group ref="t:g"/><x:element name="b" type="x:int"/></x:sequence><x:attributeGroup ref="t:h"/>')}`,
      { a: 1, b: 2, k: 'x' },
    ],
    [
      'a choice that repeats',
      r(
        `<x:choice maxOccurs="unbounded"><x:element name="a" type="x:int"/><x:element name="b" type="x:int"/></x:choice>`,
      ),
      { a: [1, 2], b: [3] },
    ],
    [
      'a restriction of a complex type',
      `<x:complexType name="A"><x:sequence><x:element name="a" type="x:int"/><x:element name="b" minOccurs="0" type="x:int"/></x:sequence></x:complexType>
       <x:complexType name="B"><x:complexContent><x:restriction base="t:A"><x:sequence><x:element name="a" type="x:int"/></x:sequence></x:restriction></x:complexContent></x:complexType>
       ${r('<x:sequence><x:element name="b" type="t:B"/></x:sequence>')}`,
      { b: { a: 1 } },
    ],
    [
      'lists and unions of anonymous types are text',
      r(`<x:sequence><x:element name="a"><x:simpleType><x:list itemType="x:int"/></x:simpleType></x:element>
         <x:element name="b"><x:simpleType><x:union><x:simpleType><x:restriction base="x:int"/></x:simpleType></x:union></x:simpleType></x:element></x:sequence>`),
      { a: '1 2 3', b: '4' },
    ],
    [
      'facets that go on text',
      r(
        `<x:sequence><x:element name="a"><x:simpleType><x:restriction base="x:token"><x:whiteSpace value="collapse"/><x:pattern value="[A-Z]\\d+"/></x:restriction></x:simpleType></x:element></x:sequence>`,
      ),
      { a: 'A1' },
    ],
    [
      'defaults, fixed values, keys, annotations',
      `<x:annotation><x:appinfo>x</x:appinfo></x:annotation>
       <x:element name="r"><x:complexType><x:sequence><x:element name="a" type="x:int" default="3"/></x:sequence>
         <x:attribute name="v" type="x:string" fixed="1"/></x:complexType>
         <x:key name="k"><x:selector xpath="a"/><x:field xpath="."/></x:key></x:element>`,
      { a: 1, v: '1' },
    ],
  ])('%s', async (_, components, value) => {
    expect(await round(components, value)).toEqual(value)
  })

  test.each<[string, string, object]>([
    [
      'bounds, lengths and enumerations of types that the subset does not bound (WCF)',
      `<x:simpleType name="d"><x:restriction base="x:duration"><x:minInclusive value="-P10D"/></x:restriction></x:simpleType>
       <x:simpleType name="h"><x:restriction base="x:hexBinary"><x:maxLength value="2"/></x:restriction></x:simpleType>
       <x:simpleType name="q"><x:restriction base="x:QName"><x:enumeration value="t:a"/></x:restriction></x:simpleType>
       <x:simpleType name="l"><x:list itemType="x:int"/></x:simpleType>
       <x:simpleType name="m"><x:restriction base="t:l"><x:maxLength value="3"/></x:restriction></x:simpleType>
       ${r('<x:sequence><x:element name="a" type="t:d"/><x:element name="c" type="t:m" maxOccurs="9999999999"/></x:sequence>')}`,
      { a: 'P3D', c: ['10 20 30'] },
    ],
    [
      'a member of a type and of what it is derived from',
      `<x:complexType name="A"><x:sequence><x:element name="a" type="x:int"/><x:any/></x:sequence></x:complexType>
       <x:complexType name="B"><x:complexContent><x:extension base="t:A"><x:sequence><x:element name="b" type="x:int"/><x:any/></x:sequence></x:extension></x:complexContent></x:complexType>
       ${r('<x:sequence><x:element name="b" type="t:B"/></x:sequence>')}`,
      { b: { a: 1, b: 2 } },
    ],
    [
      'a member in two places',
      r(`<x:choice><x:sequence><x:element name="a" type="x:int"/><x:element name="b" type="x:int"/></x:sequence>
         <x:sequence><x:element name="a" type="x:int"/><x:element name="c" type="x:int"/></x:sequence></x:choice>`),
      { a: [1], c: 2 },
    ],
  ])('%s', async (_, components, value) => {
    expect(await round(components, value)).toEqual(value)
  })

  test('what comes is taken more widely than it was described', async () => {
    const { contract } = await gathered({
      'a.wsdl': wsdl(
        r('<x:sequence><x:element name="a" type="x:int"/><x:element ref="x:schema"/><x:any/></x:sequence>'),
      ),
    })
    const text =
      '<r xmlns="urn:t" k="1">text<b>1</b><schema xmlns="http://www.w3.org/2001/XMLSchema"/><diffgram xmlns="urn:d"/></r>'
    const { value, problems } = decodeElement(contract, parseXml(text), { lenient: true })
    expect(problems).toEqual([])
    expect(value).toMatchObject({ any: [{ local: 'b' }, { local: 'schema' }, { local: 'diffgram' }] })
  })

  test('a part that is a header is not the Body; overloads are told apart, or told', async () => {
    const header = wsdl(`<x:element name="h" type="x:string"/>${r('')}`)
      .replace('<part name="p"', '<part name="h" element="t:h"/><part name="p"')
      .replace(
        '<soap:body use="literal"/>',
        '<soap:header message="t:m" part="h" use="literal"/><soap:body use="literal"/>',
      )
    const { contract } = await gathered({ 'a.wsdl': header })
    expect(contract.portTypes[0]?.operations[0]?.input).toEqual({ namespace: 'urn:t', local: 'r' })
    const twice = wsdl(r(''))
      .replace(
        '<operation name="o"><input message="t:m"/>',
        '<operation name="o"><input name="two" message="t:m"/></operation>$&',
      )
      .replace(
        '<operation name="o"><soap',
        '<operation name="o"><soap:operation soapAction="one"/><input name="one"/></operation>$&',
      )
      .replace('"urn:o"/><input>', '"two"/><input name="two">')
    const read = await gathered({ 'a.wsdl': twice })
    expect(read.contract.portTypes[0]?.operations).toMatchObject([{ soapAction: 'two' }])
    expect(read.omitted).toMatchObject([{ operation: 'o', why: expect.stringContaining('same name') }])
  })

  test('unqualified members are written so', async () => {
    const components = r(
      '<x:sequence><x:element name="a" type="x:int"/><x:element name="b" form="qualified" type="x:int"/></x:sequence>',
    )
    const { contract } = await gathered({ 'a.wsdl': wsdl(components, '') })
    const xml = encodeElement(contract, { namespace: 'urn:t', local: 'r' }, { a: 1, b: 2 })
    expect(parseXml(xml).children).toMatchObject([
      { namespace: '', local: 'a' },
      { namespace: 'urn:t', local: 'b' },
    ])
  })

  test('operations that cannot be called are told with the reason', async () => {
    const text = wsdl(r('')).replace('element="t:r"', 'type="x:string"')
    expect(await gathered({ 'a.wsdl': text })).toMatchObject({
      omitted: [{ operation: 'o', why: expect.stringContaining('neither one element nor rpc') }],
    })
  })
})

describe('what is imported and included', () => {
  test('an included schema takes the namespace of whoever includes it; circles end', async () => {
    const include = '<x:include schemaLocation="types/b.xsd"/>'
    const { contract } = await gathered({
      'a.wsdl': wsdl(`${include}${r('<x:sequence><x:element name="a" type="t:A"/></x:sequence>')}`),
      'types/b.xsd': `<x:schema xmlns:x="http://www.w3.org/2001/XMLSchema"><x:include schemaLocation="c.xsd"/></x:schema>`,
      'types/c.xsd': `<x:schema xmlns:x="http://www.w3.org/2001/XMLSchema"><x:include schemaLocation="b.xsd"/>
        <x:simpleType name="A"><x:restriction base="x:int"><x:maxInclusive value="5"/></x:restriction></x:simpleType></x:schema>`,
    })
    const problems = (a: number): unknown =>
      decodeElement(contract, parseXml(`<r xmlns="urn:t"><a>${a}</a></r>`)).problems
    expect(problems(5)).toEqual([])
    expect(problems(6)).toMatchObject([{ input: 'a', rule: expect.stringContaining('at most 5') }])
  })

  test('too many, too much, and what is none', async () => {
    const chain = Object.fromEntries(
      Array.from({ length: 100 }, (_, index) => [
        index === 0 ? 'a.wsdl' : `${index}.wsdl`,
        `<definitions ${root}><import namespace="urn:t" location="${site}${index + 1}.wsdl"/></definitions>`,
      ]),
    )
    await expect(gathered(chain)).rejects.toThrow('more than 64 documents')
    await expect(gathered({ 'a.wsdl': '<html/>' })).rejects.toThrow('its root is html')
    await expect(gathered({ 'a.wsdl': wsdl('<x:include schemaLocation="http://[/"/>') })).rejects.toThrow(
      'no address of a document',
    )
  })

  test('a schema counts once more in each namespace that includes it', async () => {
    const schemas = Array.from(
      { length: 40 },
      (_, n) => `<x:schema targetNamespace="urn:u${n}"><x:include schemaLocation="c.xsd"/></x:schema>`,
    )
    await expect(
      gathered({
        'a.wsdl': wsdl(r('')).replace('</types>', `${schemas.join('')}</types>`),
        'c.xsd': `<x:schema xmlns:x="http://www.w3.org/2001/XMLSchema">${' '.repeat(500_000)}</x:schema>`,
      }),
    ).rejects.toThrow('too large')
  })

  test('of two bindings of a portType that one is spoken that a port has', async () => {
    const unused = `<binding name="U" type="t:P"><soap:binding transport="http://schemas.xmlsoap.org/soap/http"/>
      <operation name="o"><soap:operation soapAction="urn:unused"/><input><soap:body use="literal"/></input></operation></binding>`
    const { contract, ports } = await gathered({ 'a.wsdl': wsdl(r('')).replace('<binding', `${unused}<binding`) })
    expect(contract.portTypes[0]?.operations).toMatchObject([{ soapAction: 'urn:o' }])
    expect(ports).toHaveLength(1)
  })

  test('one included schema in two namespaces', async () => {
    const schema = `<x:schema targetNamespace="urn:u" xmlns:u="urn:u"><x:include schemaLocation="c.xsd"/></x:schema>`
    const { contract } = await gathered({
      'a.wsdl': wsdl(
        `<x:include schemaLocation="c.xsd"/>${r('<x:sequence><x:element name="a" type="t:B"/><x:element name="b" type="u:B" xmlns:u="urn:u"/></x:sequence>')}`,
      ).replace('</types>', `${schema}</types>`),
      'c.xsd': `<x:schema xmlns:x="http://www.w3.org/2001/XMLSchema" elementFormDefault="qualified">
        <x:complexType name="A"><x:sequence><x:element name="x" type="x:int"/></x:sequence></x:complexType>
        <x:complexType name="B"><x:complexContent><x:extension base="A"><x:sequence><x:element name="y" type="x:int"/></x:sequence></x:extension></x:complexContent></x:complexType></x:schema>`,
    })
    const value = { a: { x: 1, y: 2 }, b: { x: 3, y: 4 } }
    const xml = encodeElement(contract, { namespace: 'urn:t', local: 'r' }, value)
    expect(decodeElement(contract, parseXml(xml))).toEqual({ value, problems: [] })
  })

  test('a WSDL of the network imports no file', async () => {
    await expect(gathered({ 'a.wsdl': wsdl('<x:include schemaLocation="file:///etc/passwd"/>') })).rejects.toThrow(
      'imports a file of this machine',
    )
  })

  const groups = (kind: string, inside: string): string =>
    Array.from(
      { length: 11 },
      (_, n) =>
        `<x:${kind} name="g${n}">${inside.replace('REFS', `<x:${kind} ref="t:g${n + 1}"/>`.repeat(8))}</x:${kind}>`,
    ).join('')
  test.each([
    ['groups that hold each other', `${groups('group', '<x:sequence>REFS</x:sequence>')}${r('<x:group ref="t:g0"/>')}`],
    ['attribute groups, too', `${groups('attributeGroup', 'REFS')}${r('<x:attributeGroup ref="t:g0"/>')}`],
    ['very many types', Array.from({ length: 20_000 }, (_, n) => `<x:element name="e${n}"/>`).join('')],
  ])('%s: no more than there is room for', async (_, components) => {
    await gathered({ 'a.wsdl': wsdl(components) }).catch((error: unknown) => {
      expect(error).toMatchObject({ name: 'ContractError', message: expect.stringContaining('more than') })
    })
  })

  test('types that are derived from each other without end', async () => {
    const chain = Array.from(
      { length: 3000 },
      (_, n) =>
        `<x:complexType name="T${n + 1}"><x:complexContent><x:extension base="t:T${n}"/></x:complexContent></x:complexType>`,
    )
    const components = `<x:complexType name="T0"/>${chain.join('')}${r('<x:sequence><x:element name="a" type="t:T0"/></x:sequence>')}`
    const { contract } = await gathered({ 'a.wsdl': wsdl(components) })
    expect(() => encodeElement(contract, { namespace: 'urn:t', local: 'r' }, { a: {} })).toThrow('more than 64 others')
  })

  test('a type that is made of itself is refused when it is used', async () => {
    const components = `<x:complexType name="A"><x:complexContent><x:extension base="t:A"/></x:complexContent></x:complexType>
      <x:group name="g"><x:sequence><x:group ref="t:g"/></x:sequence></x:group>
      ${r('<x:sequence><x:group ref="t:g"/><x:element name="a" type="t:A"/></x:sequence>')}`
    const { contract } = await gathered({ 'a.wsdl': wsdl(components) })
    expect(() => encodeElement(contract, { namespace: 'urn:t', local: 'r' }, { a: {} })).toThrow('derived from itself')
  })
})

test('a WSDL of gridwrap is read to the letter', async () => {
  const text = wsdl(r('<x:sequence><x:element name="a" type="x:int"/></x:sequence>'))
  const own = text.replace('<input><soap:body use="literal"/></input>', '$&<output><soap:body use="literal"/></output>')
  const { ports } = await readAnyWsdl(`${site}a.wsdl`, reader({ 'a.wsdl': own }))
  expect(ports).toHaveLength(1)
  expect(ports[0]?.wires).toBeUndefined()
})

test('documents cut and spliced anywhere are read or refused, and hang nobody', async () => {
  const whole = wsdl(
    `<x:group name="g"><x:sequence><x:element name="a" type="x:int"/></x:sequence></x:group>
     <x:complexType name="A"><x:sequence><x:element name="b" type="t:A" minOccurs="0"/></x:sequence></x:complexType>
     ${r('<x:sequence><x:group ref="t:g"/><x:element name="c" type="t:A"/></x:sequence>')}`,
  )
  const words = whole.match(/"[^"]*"|<\/?[\w:]+|[^"<]+/g) ?? []
  const at = fc.nat({ max: words.length - 1 })
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(at, at), { maxLength: 6 }), async swaps => {
      const changed = [...words]
      for (const [to, from] of swaps) changed[to] = words[from] ?? ''
      const reading = gathered({ 'a.wsdl': changed.join('') })
      await reading.catch((error: unknown) => {
        expect((error as Error).name).toMatch(/^(?:ContractError|XmlError)$/)
      })
    }),
    { numRuns: 500 },
  )
})
