import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readDescription } from '../../../src/application/description.ts'
import { qname } from '../../../src/core/qname.ts'
import { baseContract } from '../../../src/wsdl/base-contract.ts'
import { applicationContract } from '../../../src/wsdl/contract.ts'
import { ContractError } from '../../../src/wsdl/contract-error.ts'
import { contractNames } from '../../../src/wsdl/contract-names.ts'
import { operationsOf } from '../../../src/wsdl/contract-operations.ts'
import { decodeElement } from '../../../src/wsdl/decoder.ts'
import { writeGwsdl } from '../../../src/wsdl/gwsdl-writer.ts'
import { JOB, OGSI, WSDL } from '../../../src/wsdl/names.ts'
import { readMessages, readPortTypes } from '../../../src/wsdl/port-type-reader.ts'
import { encodeElement } from '../../../src/wsdl/serializer.ts'
import { readWsdl } from '../../../src/wsdl/wsdl-reader.ts'
import { writeOgsiWsdl, writeWsdl } from '../../../src/wsdl/wsdl-writer.ts'
import { attributeOf, childElements, type XmlElement } from '../../../src/xml/tree.ts'
import { parseXml } from '../../../src/xml/xml-reader.ts'
import { sample } from './sample-application.ts'

const root = join(import.meta.dirname, '../../..')
const goldenFolder = join(root, 'test/fixtures/golden')
const contract = applicationContract(sample)

test('an application has one contract, so that what is compiled of it is kept', () => {
  expect(applicationContract(sample)).toBe(contract)
})
const at = (name: string) => ({
  address: `https://grid.example.org:8443/services/${name}`,
  instanceAddress: 'https://grid.example.org:8443/instances/-',
})
const text = writeWsdl(contract, { ...at('gap-fill'), soap: '1.1' })
const document = parseXml(text)
const parts = (element: XmlElement, local: string) =>
  childElements(element).filter(child => child.namespace === WSDL && child.local === local)
const nameOf = (element: XmlElement) => attributeOf(element, '', 'name') ?? ''

describe('golden files (UPDATE_GOLDEN=1 writes them anew)', () => {
  const services = readdirSync(join(root, 'services')).filter(name =>
    existsSync(join(root, 'services', name, 'application.yaml')),
  )
  const all = [
    { name: 'every-kind', contract },
    ...services.map(name => {
      const file = join(root, 'services', name, 'application.yaml')
      return { name, contract: applicationContract(readDescription(readFileSync(file, 'utf8'), file)) }
    }),
  ]
  test.each(all)('$name', ({ name, contract: one }) => {
    const written = writeWsdl(one, { ...at(one.name), soap: '1.1' })
    const file = join(goldenFolder, `${name}.wsdl`)
    if (process.env['UPDATE_GOLDEN'] === '1') {
      mkdirSync(goldenFolder, { recursive: true })
      writeFileSync(file, written)
    }
    expect(written).toBe(readFileSync(file, 'utf8'))
  })
})

describe('the typed WSDL keeps the rules that stub generators need', () => {
  test('no imports of files, no schema elsewhere, no OGSI', () => {
    expect(parts(document, 'import')).toEqual([])
    expect(text).not.toContain('schemaLocation')
    expect(text).not.toContain(OGSI)
  })

  test('document style, literal, distinct SOAP actions', () => {
    expect(text).not.toMatch(/style="rpc"|use="encoded"/)
    const actions = [...text.matchAll(/soapAction="([^"]*)"/g)].map(match => match[1])
    expect(new Set(actions).size).toBe(actions.length)
    expect(actions).toContain('urn:gridwrap:app:gap-fill/run')
    expect(actions).toContain('urn:gridwrap:job/getStatus')
  })

  test('operation names are unique over both ports (gSOAP merges them)', () => {
    const names = parts(document, 'portType').flatMap(portType => parts(portType, 'operation').map(nameOf))
    expect(new Set(names).size).toBe(names.length)
    expect(names).toEqual([
      'run',
      'submit',
      'listInstances',
      'getStatus',
      'waitFor',
      'getOutput',
      'suspend',
      'resume',
      'cancel',
      'extend',
      'share',
      'unshare',
      'destroy',
      'getResults',
      'start',
    ])
  })

  test('service, ports, portTypes and bindings differ ignoring case (Axis)', () => {
    const services = parts(document, 'service')
    const names = [
      ...services,
      ...services.flatMap(one => parts(one, 'port')),
      ...parts(document, 'portType'),
      ...parts(document, 'binding'),
    ].map(nameOf)
    expect(new Set(names.map(name => name.toLowerCase())).size).toBe(names.length)
  })

  test('types differ ignoring case from the classes that wrappers become (JAX-WS)', () => {
    const own = contract.schemas[1]?.components.map(component => component.name.toLowerCase()) ?? []
    expect(new Set(own).size).toBe(own.length)
  })

  test('fault messages are XFault with the part fault, requests have the part parameters', () => {
    for (const message of parts(document, 'message')) {
      const [part, more] = parts(message, 'part')
      expect(more).toBeUndefined()
      if (part !== undefined) expect(nameOf(part)).toBe(nameOf(message).endsWith('Fault') ? 'fault' : 'parameters')
    }
  })

  test('every response wrapper has one child, that of destroy none', () => {
    for (const { input, output } of operationsOf(contract, contractNames('gap-fill').job.portType)) {
      if (input.namespace === OGSI || output === undefined) continue
      const schema = contract.schemas.find(one => one.namespace === output.namespace)
      const element = schema?.components.find(one => one.kind === 'element' && one.name === output.local)
      if (element?.kind !== 'element' || !('kind' in element.type) || element.type.kind !== 'complex')
        throw new Error(output.local)
      expect(element.type.content?.particles).toHaveLength(output.local === 'destroyResponse' ? 0 : 1)
    }
  })

  test('nothing is nillable', () => {
    expect(text).not.toContain('nillable')
  })

  test('patterns stay out, bounds and choices are in', () => {
    expect(text).not.toContain('xs:pattern')
    expect(text).toContain('<xs:maxInclusive value="9007199254740993"/>')
    expect(text).toContain('<xs:enumeration value="three_d"/>')
    expect(text).toContain(
      '<xs:documentation>Penalty for opening a gap. 1 to 100. Unit: bits. Default 10.</xs:documentation>',
    )
  })

  test('wrapper style is off in the factory only', () => {
    const [factory, job] = parts(document, 'portType')
    expect(factory?.children.some(child => typeof child !== 'string' && child.local === 'bindings')).toBe(true)
    expect(job?.children.some(child => typeof child !== 'string' && child.local === 'bindings')).toBe(false)
  })

  test('SOAP 1.2 has a WSDL of its own (Axis gives up on both in one)', () => {
    const second = writeWsdl(contract, { ...at('gap-fill'), soap: '1.2' })
    expect(second).not.toContain('"http://schemas.xmlsoap.org/wsdl/soap/"')
    expect(second.replace('wsdl/soap12/', 'wsdl/soap/')).toBe(text)
    expect(readWsdl(second).services.map(one => one.soap)).toEqual(['1.2', '1.2'])
  })
})

describe('reading back', () => {
  const { contract: read, services } = readWsdl(text)

  test('finds the ports', () => {
    const names = contractNames('gap-fill')
    expect(services).toEqual([
      {
        service: 'GapFillService',
        port: 'GapFill',
        address: at('gap-fill').address,
        binding: names.factory.binding,
        portType: names.factory.portType,
        soap: '1.1',
      },
      {
        service: 'GapFillService',
        port: 'GapFillJob',
        address: at('gap-fill').instanceAddress,
        binding: names.job.binding,
        portType: names.job.portType,
        soap: '1.1',
      },
    ])
  })

  test('gives the same schemas and operations', () => {
    expect(read.schemas).toEqual(contract.schemas.slice(0, 2))
    for (const role of ['factory', 'job'] as const) {
      const { portType } = contractNames('gap-fill')[role]
      expect(operationsOf(read, portType)).toEqual(
        operationsOf(contract, portType).filter(one => one.input.namespace !== OGSI),
      )
    }
    expect(read.documentation).toBe(contract.documentation)
  })

  test('and a contract that calls can be made with', () => {
    const name = qname(contract.namespace, 'run')
    const encoded = encodeElement(read, name, { a: { text: 'ACGT' }, images: [{ upload: true }] })
    expect(encoded).toBe(encodeElement(contract, name, { a: { text: 'ACGT' }, images: [{ upload: true }] }))
    expect(decodeElement(read, parseXml(encoded)).problems).toEqual([])
  })
})

describe('OGSI', () => {
  const { factory, job } = contractNames('gap-fill')

  test('?wsdl=ogsi has the inherited operations, flattened', () => {
    const ofFactory = readWsdl(
      writeOgsiWsdl(contract, { portType: factory.portType, address: at('gap-fill').address, soap: '1.1' }),
    )
    expect(ofFactory.services).toHaveLength(1)
    const [portType] = ofFactory.contract.portTypes
    expect(portType?.operations.map(one => one.soapAction)).toEqual(
      [
        'findServiceData',
        'setServiceData',
        'requestTerminationAfter',
        'requestTerminationBefore',
        'destroy',
        'createService',
      ].map(name => `${OGSI}#${name}`),
    )
    const ofJob = readWsdl(
      writeOgsiWsdl(contract, { portType: job.portType, address: at('gap-fill').address, soap: '1.2' }),
    )
    expect(ofJob.contract.portTypes[0]?.operations).toHaveLength(6)
    const resolver = readWsdl(
      writeOgsiWsdl(baseContract, {
        portType: qname(OGSI, 'HandleResolver'),
        address: 'https://h/resolver',
        soap: '1.1',
      }),
    )
    expect(resolver.contract.portTypes[0]?.operations.map(one => one.name)).toContain('findByHandle')
  })

  test.each([contract.namespace, JOB, OGSI])('GWSDL of %s reads back', namespace => {
    const written = parseXml(writeGwsdl(contract, { namespace, location: other => `https://h/gwsdl?${other}` }))
    const portTypes = readPortTypes(written, namespace, readMessages(written, namespace))
    const expected = contract.portTypes.filter(one => one.name.namespace === namespace)
    expect(portTypes.map(one => one.operations)).toEqual(expected.map(one => one.operations))
    expect(portTypes.map(one => one.serviceData)).toEqual(expected.map(one => one.serviceData))
    expect(portTypes.map(one => one.staticValues.length)).toEqual(expected.map(one => one.staticValues.length))
  })

  test('GWSDL has no two operations of one name', () => {
    const written = writeGwsdl(contract, { namespace: contract.namespace, location: other => other })
    expect(written).toContain('<gwsdl:portType name="GapFillJobPortType" extends="j:Job">')
    expect(written).toContain('<gwsdl:portType name="GapFillPortType" extends="ogsi:Factory">')
  })
})

describe('a foreign WSDL is refused by what is in it', () => {
  test.each([
    ['<definitions/>', /no WSDL 1.1 document: its root is definitions/],
    [text.replace('style="document"', 'style="rpc"'), /the style rpc is not taken/],
    [text.replace('use="literal"', 'use="encoded"'), /use="encoded" is not taken/],
    [
      text.replace('<types>', '<import namespace="urn:x" location="x.wsdl"/><types>'),
      /import: another file is not fetched/,
    ],
    [text.replace(/transport="[^"]*"/, 'transport="urn:smtp"'), /the transport "urn:smtp" is not taken/],
    [
      text.replace('element="t:run"', 'element="t:walk"'),
      /operation run of GapFillPortType needs the element .*walk, which is not defined/,
    ],
    [text.replace('element="t:run"', 'type="t:run"'), /the rpc style is not taken/],
    [text.replace('message="t:runRequest"', 'message="t:walkRequest"'), /there is no message/],
    [text.replace('type="j:FileIn"', 'type="j:FileOver"'), /\{urn:gridwrap:job\}FileOver is not taken, or not defined/],
    [text.replace(/<soap:address[^>]*>/, ''), /it has no soap:address/],
    [
      text.replace(
        '<soap:body use="literal"/>',
        '<soap:header message="t:runRequest" part="parameters" use="literal"/>',
      ),
      /soap:header is not taken/,
    ],
    [
      text.replace('base="xs:double"', 'base="t:Gap_openValue"').replace('name="GapOpenValue"', 'name="Gap_openValue"'),
      /GapOpenValue|derived from itself/,
    ],
  ])('%#', (foreign, message) => {
    expect(() => readWsdl(foreign)).toThrow(message)
    expect(() => readWsdl(foreign)).toThrow(ContractError)
  })

  test('and by its size', () => {
    expect(() => readWsdl(text.replace('<types>', `<types>${'<x/>'.repeat(60_000)}`))).toThrow(
      /more than 50000 elements/,
    )
  })
})
