import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { jobSchema, ogsiSchema, serviceDataSchema } from '../../../src/wsdl/base-contract.ts'
import { applicationContract } from '../../../src/wsdl/contract.ts'
import { ContractError } from '../../../src/wsdl/contract-error.ts'
import { JOB, OGSI, SERVICE_DATA } from '../../../src/wsdl/names.ts'
import { readSchema } from '../../../src/wsdl/schema-reader.ts'
import { writeSchema } from '../../../src/wsdl/schema-writer.ts'
import { parseXml } from '../../../src/xml/xml-reader.ts'
import { cases, schemas } from './generated-schemas.ts'
import { sample } from './sample-application.ts'

const prefixes = { j: JOB, ogsi: OGSI, sd: SERVICE_DATA, t: 'urn:gridwrap:app:gap-fill' }
const read = (inside: string, attributes = '') =>
  readSchema(
    parseXml(
      `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:x" xmlns:x="urn:x" elementFormDefault="qualified" ${attributes}>${inside}</xs:schema>`,
    ),
  )

describe('model to text to model', () => {
  const own = applicationContract(sample).schemas[1]
  test.each([jobSchema, ogsiSchema, serviceDataSchema, own])('of our own schemas', schema => {
    if (schema === undefined) throw new Error('the sample has no schema')
    expect(readSchema(parseXml(writeSchema(schema, prefixes)))).toEqual(schema)
  })

  test('of any schema', () => {
    fc.assert(
      fc.property(schemas, schema => {
        expect(readSchema(parseXml(writeSchema(schema, { g: schema.namespace })))).toEqual(schema)
      }),
      cases,
    )
  })
})

describe('what is outside the subset is refused by name', () => {
  const type = (inside: string, attributes = '') => `<xs:complexType name="T" ${attributes}>${inside}</xs:complexType>`
  test.each([
    ['<xs:group name="g"/>', /xs:group "g": this construct of XML Schema is not taken/],
    ['<xs:include schemaLocation="a.xsd"/>', /xs:include: this construct/],
    ['<xs:import namespace="urn:y" schemaLocation="y.xsd"/>', /schemaLocation.*is not fetched/],
    ['<xs:element name="e" substitutionGroup="x:f"/>', /xs:element "e": the attribute substitutionGroup is not taken/],
    ['<xs:element name="e" type="xs:string" default="1"/>', /the attribute default is not taken/],
    ['<xs:element name="e" type="y:string"/>', /the prefix of "y:string" is not declared/],
    ['<xs:element name="e f" type="xs:string"/>', /its name is not a name/],
    ['<xs:element name="e" type="xs:string"/><xs:element name="e" type="xs:int"/>', /element e is defined twice/],
    [type('<xs:all/>'), /xs:all: this construct/],
    [type('<xs:sequence maxOccurs="2"/>'), /a repeated group is not taken/],
    [type('<xs:sequence/><xs:choice/>'), /more than one sequence or choice/],
    [type('<xs:anyAttribute/>'), /xs:anyAttribute: this construct/],
    [type('', 'mixed="true"'), /mixed content is not taken/],
    [type('<xs:complexContent><xs:restriction base="x:U"/></xs:complexContent>'), /xs:restriction: this construct/],
    [
      type('<xs:sequence><xs:element name="e" type="xs:int" minOccurs="2"/></xs:sequence>'),
      /minOccurs is larger than maxOccurs/,
    ],
    [type('<xs:attribute name="a" type="xs:int" use="prohibited"/>'), /use is prohibited/],
    ['<xs:simpleType name="T"><xs:list itemType="xs:int"/></xs:simpleType>', /xs:list: this construct/],
    [
      '<xs:simpleType name="T"><xs:restriction base="xs:int"><xs:totalDigits value="3"/></xs:restriction></xs:simpleType>',
      /xs:totalDigits: this construct/,
    ],
  ])('%s', (inside, message) => {
    expect(() => read(inside)).toThrow(ContractError)
    expect(() => read(inside)).toThrow(message)
  })

  test('more components than a contract needs', () => {
    expect(() => read('<xs:element name="e"/>'.repeat(10_001))).toThrow(/more than 10000 parts/)
  })
})
