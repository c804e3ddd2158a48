import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { qname } from '../../../src/core/qname.ts'
import type { Field, HostedDefinition } from '../../../src/hosting/definition.ts'
import { DefinitionError, registerService } from '../../../src/hosting/register-service.ts'
import { requireResolved } from '../../../src/wsdl/contract-check.ts'
import { operationsOf } from '../../../src/wsdl/contract-operations.ts'
import { decodeElement } from '../../../src/wsdl/decoder.ts'
import { encodeElement } from '../../../src/wsdl/serializer.ts'
import { parseXml } from '../../../src/xml/xml-reader.ts'

class Thing {
  act(): void {}
  look(): void {}
}
const thing: HostedDefinition = {
  name: 'thing',
  title: 'A thing',
  portTypes: [{ name: 'Acting', operations: { act: {} } }],
  service: Thing,
}
const acting = (
  operations: HostedDefinition['portTypes'][number]['operations'],
  more: object = {},
): HostedDefinition => ({
  ...thing,
  portTypes: [{ name: 'Acting', operations, ...more }],
})

describe('a definition', () => {
  test('is offered as portTypes that one extends, each a GridService', () => {
    const { contract, instances } = registerService(thing)
    expect(instances).toBe('one')
    requireResolved(contract)
    const names = operationsOf(contract, qname('urn:gridwrap:code:thing', 'ThingPortType')).map(({ name }) => name)
    expect(names).toEqual(expect.arrayContaining(['act', 'findServiceData', 'destroy']))
    expect(new Set(names).size).toBe(names.length)
  })

  test.each<[string, object, RegExp]>([
    ['a name with capitals', { name: 'Thing' }, /^name: must be of small letters/],
    ['no portType', { portTypes: [] }, /^portTypes: /],
    ['an operation that is no method', acting({ act: {}, walk: {} }), /^service: the class has no method walk$/],
    [
      'an operation that Java objects have',
      acting({ wait: {} }),
      /portTypes\.0\.operations\.wait: is the name of something/,
    ],
    ['two operations that differ in capitals', acting({ look: {}, lOOk: {} }), /the operation lOOk is there twice/],
    ['a type that is none', acting({ act: { takes: { a: 'int' as Field } } }), /is no type: string, integer/],
    [
      'a member that differs in capitals',
      acting({ act: { takes: { a: 'string', A: 'string' } } }),
      /differ in capitals only/,
    ],
    [
      'a field that is two things',
      acting({ act: { gives: { type: 'string', values: ['a'] } } }),
      /needs one of type, values and fields/,
    ],
    [
      'a portType of the name that is made',
      { portTypes: [{ name: 'ThingPortType', operations: {} }] },
      /is what the service is called/,
    ],
    ['creation of what is there for all', { creation: { a: 'string' } }, /only factories are asked/],
    ['what nobody knows', { colour: 'red' }, /colour/],
    ['no class', { service: 'Thing' }, /^service: must be a class/],
  ])('with %s is refused with the reason', (_what, change, why) => {
    const given = { ...thing, ...change } as HostedDefinition
    expect(() => registerService(given)).toThrow(DefinitionError)
    expect(() => registerService(given)).toThrow(new RegExp(why.source, 'm'))
  })
})

const types = ['string', 'integer', 'number', 'boolean', 'dateTime', 'bytes'] as const
const memberName = fc.constantFrom('a', 'b', 'cell', 'deep', 'e1')
const field = fc.letrec<{ field: Field }>(tie => ({
  field: fc.oneof(
    { depthSize: 'small' },
    fc.tuple(fc.constantFrom(...types), fc.constantFrom('', '?', '*')).map(([type, mark]) => `${type}${mark}` as Field),
    fc.record({ values: fc.constant(['up', 'down']), list: fc.boolean() }),
    fc.record({ fields: fc.dictionary(memberName, tie('field'), { maxKeys: 3 }), optional: fc.boolean() }),
  ),
})).field

/** A value that follows a field. */
function sample(given: Field): unknown {
  if (typeof given === 'string') {
    const value = {
      string: '<&> ä',
      integer: 9007199254740993n,
      number: 2.5,
      boolean: true,
      dateTime: new Date(0),
      bytes: new Uint8Array([1, 2]),
    }[given.replace(/[?*]$/, '') as (typeof types)[number]]
    return given.endsWith('*') ? [value, value] : value
  }
  const { values, fields = {}, list } = given
  const value = values?.[0] ?? Object.fromEntries(Object.entries(fields).map(([name, one]) => [name, sample(one)]))
  return list === true ? [value] : value
}

test('whatever is taken and given travels through its contract unchanged', () => {
  fc.assert(
    fc.property(fc.dictionary(memberName, field, { maxKeys: 4 }), field, (takes, gives) => {
      const { contract } = registerService(
        acting({ act: { takes, gives }, look: { gives } }, { serviceData: { one: { type: gives } } }),
      )
      requireResolved(contract)
      const own = (local: string) => qname('urn:gridwrap:code:thing', local)
      const round = (name: string, value: unknown): unknown => {
        const { value: read, problems } = decodeElement(contract, parseXml(encodeElement(contract, own(name), value)))
        expect(problems).toEqual([])
        return read
      }
      const given = Object.fromEntries(Object.entries(takes).map(([name, one]) => [name, sample(one)]))
      expect(round('act', given)).toEqual(given)
      expect(round('actResponse', { result: sample(gives) })).toEqual({ result: sample(gives) })
    }),
    { numRuns: 200 },
  )
})
