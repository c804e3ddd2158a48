import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import type { InputProblem } from '../../../src/core/errors.ts'
import { type QName, qname } from '../../../src/core/qname.ts'
import { applicationContract } from '../../../src/wsdl/contract.ts'
import type { Contract } from '../../../src/wsdl/contract-model.ts'
import { decodeElement } from '../../../src/wsdl/decoder.ts'
import { JOB } from '../../../src/wsdl/names.ts'
import type { Schema } from '../../../src/wsdl/schema-model.ts'
import { encodeElement } from '../../../src/wsdl/serializer.ts'
import type { XmlElement } from '../../../src/xml/tree.ts'
import { writeElement } from '../../../src/xml/write-element.ts'
import { parseXml } from '../../../src/xml/xml-reader.ts'
import { cases, schemas } from './generated-schemas.ts'
import { valuesOf } from './generated-values.ts'
import { type Mutation, mutations } from './message-mutations.ts'
import { sample } from './sample-application.ts'
import { xsdOracle } from './xsd-oracle.ts'

const contractOf = (schema: Schema): Contract => ({
  name: 'generated',
  namespace: schema.namespace,
  documentation: undefined,
  schemas: [schema],
  portTypes: [],
})

/** Without prototypes, so that only content is compared. */
const plain = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null || value instanceof Date || value instanceof Uint8Array) return value
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, plain(one)]))
}

const reread = (element: XmlElement): XmlElement => parseXml(writeElement(element))

test('what is written for any schema is valid for libxml2, and the decoder reads it back', () => {
  const generated = schemas.chain(schema => {
    const name = qname(schema.namespace, 'message')
    return fc.tuple(fc.constant(schema), fc.constant(name), valuesOf([schema], name))
  })
  fc.assert(
    fc.property(generated, ([schema, name, value]) => {
      const text = encodeElement(contractOf(schema), name, value)
      using oracle = xsdOracle([schema])
      expect(oracle.refusal(text)).toBeUndefined()
      const decoded = decodeElement(contractOf(schema), parseXml(text))
      expect(decoded.problems).toEqual([])
      expect(plain(decoded.value)).toEqual(value)
    }),
    cases,
  )
})

const contract = applicationContract(sample)
const used = contract.schemas.slice(0, 2)
const oracle = xsdOracle(used)
afterAll(() => oracle[Symbol.dispose]())
const own = (local: string): QName => qname(contract.namespace, local)

/**
 * Where we differ from XSD on purpose. More is taken: any order, no namespace. Less is taken: a number that no double
 * holds, which XSD reads as infinity; an address with a blank, which XSD would escape. And libxml2 passes over characters in base64 that are none of it; XSD does not.
 */
const isTolerated = ({ kind }: Mutation) => kind === 'reorder' || kind === 'no namespace'
const isStricter = ({ rule, value = '' }: InputProblem) =>
  value === '1e400' ||
  (rule === 'must be an address (URI)' && value.includes(' ')) ||
  (rule === 'must be bytes in base64' && /[^A-Za-z0-9+/= ]/.test(value))

describe.each([
  own('run'),
  own('listInstances'),
  own('getResultsResponse'),
  qname(JOB, 'StillRunning'),
  qname(JOB, 'getOutput'),
])('$local', name => {
  const values = valuesOf(used, name)
  const valid = values.map(value => parseXml(encodeElement(contract, name, value)))

  test('generated values are valid and come back', () => {
    fc.assert(
      fc.property(values, value => {
        const text = encodeElement(contract, name, value)
        expect(oracle.refusal(text)).toBeUndefined()
        const decoded = decodeElement(contract, parseXml(text))
        expect(decoded.problems).toEqual([])
        expect(plain(decoded.value)).toEqual(value)
      }),
      cases,
    )
  })

  test('mutated messages are judged as libxml2 judges them, but for what is tolerated', () => {
    const mutated = valid.chain(message => fc.tuple(fc.constant(message), mutations(message)))
    fc.assert(
      fc.property(mutated, ([message, mutation]) => {
        const judged = decodeElement(contract, reread(mutation.message))
        if (isTolerated(mutation)) {
          expect(judged).toEqual(decodeElement(contract, message))
          expect(judged.problems).toEqual([])
          return
        }
        const refusal = oracle.refusal(writeElement(mutation.message))
        if (refusal !== undefined) expect(judged.problems, refusal).not.toEqual([])
        else expect(judged.problems.filter(problem => !isStricter(problem))).toEqual([])
      }),
      cases,
    )
  })
})
