import { describe, expect, test } from 'vitest'
import { errorTable } from '../../../src/core/error-table.ts'
import { clark, qname } from '../../../src/core/qname.ts'
import { baseContract, jobPortTypes, jobSchema, ogsiPortTypes, ogsiSchema } from '../../../src/wsdl/base-contract.ts'
import { requireResolved } from '../../../src/wsdl/contract-check.ts'
import { operationFor, operationsOf, serviceDataOf } from '../../../src/wsdl/contract-operations.ts'
import { JOB, jobOperations, OGSI, ogsiExpressions, ogsiOperations, responseOf } from '../../../src/wsdl/names.ts'
import { libraryOf } from '../../../src/wsdl/type-library.ts'

const names = (table: Readonly<Record<string, unknown>>) => Object.keys(table).sort()
const operations = (portTypes: typeof jobPortTypes) =>
  portTypes.flatMap(portType => portType.operations.map(operation => operation.name)).sort()
const members = (element: string) => {
  const type = libraryOf(baseContract).element(qname(JOB, element))?.type()
  return type?.kind === 'complex' ? [...type.shape.slots.keys()] : []
}

test('everything that the hand-written files refer to exists', () => {
  requireResolved(baseContract)
})

test('the tables of names are those of the files', () => {
  expect(names(jobOperations)).toEqual(operations(jobPortTypes))
  expect(names(ogsiOperations)).toEqual(operations(ogsiPortTypes))
  const elements = ogsiSchema.components.filter(one => one.kind === 'element').map(one => one.name)
  expect(elements).toEqual(expect.arrayContaining(names(ogsiExpressions)))
})

test('request and response are called like the operation', () => {
  for (const { operations } of baseContract.portTypes)
    for (const { name, input, output } of operations) {
      expect(input.local).toBe(name)
      // A notification is not answered (OGSI 1.0 section 11.3.2.1).
      expect(output).toEqual(name === 'deliverNotification' ? undefined : responseOf(input))
    }
})

describe('faults', () => {
  test.each(Object.entries(errorTable))(
    '%s has its element, which begins with code, message and hint',
    (_code, row) => {
      expect(members(row.element).slice(0, 3)).toEqual(['code', 'message', 'hint'])
      if ('ogsi' in row) expect(libraryOf(baseContract).element(qname(OGSI, row.ogsi))).toBeDefined()
    },
  )

  test('element X has type XType, for Axis', () => {
    for (const component of jobSchema.components) {
      if (component.kind !== 'element' || !Object.values(errorTable).some(row => row.element === component.name))
        continue
      expect(component.type).toEqual(qname(JOB, `${component.name}Type`))
    }
  })

  test('every field of an error has a place in some element', () => {
    const fields = [
      'problem',
      'status',
      'cause',
      'stderrTail',
      'why',
      'action',
      'identity',
      'kind',
      'expires',
      'retryAfterSeconds',
      'incident',
    ]
    const places = new Set(Object.values(errorTable).flatMap(row => members(row.element)))
    for (const field of fields) expect(places).toContain(field)
  })
})

test('every response of a job but that of destroy has exactly one child', () => {
  for (const name of names(jobOperations)) expect(members(`${name}Response`)).toHaveLength(name === 'destroy' ? 0 : 1)
})

test('no two names of a schema become one class of Java', () => {
  // wsimport makes a class of each type, and of each element with a type of its own.
  for (const { components, namespace } of baseContract.schemas) {
    const classes = components
      .filter(one => one.kind === 'type' || (one.kind === 'element' && 'kind' in one.type))
      .map(one => one.name.toLowerCase())
    expect(new Set(classes).size, namespace).toBe(classes.length)
  }
})

test('no operation is called like a method of java.lang.Object', () => {
  for (const name of [...names(jobOperations), ...names(ogsiOperations)])
    expect([
      'wait',
      'notify',
      'notifyAll',
      'getClass',
      'clone',
      'finalize',
      'toString',
      'hashCode',
      'equals',
    ]).not.toContain(name)
})

describe('OGSI', () => {
  test('portTypes inherit GridService', () => {
    expect(operationsOf(baseContract, qname(OGSI, 'Factory')).map(one => one.name)).toEqual([
      'findServiceData',
      'setServiceData',
      'requestTerminationAfter',
      'requestTerminationBefore',
      'destroy',
      'createService',
    ])
    expect(operationFor(baseContract, qname(JOB, 'Job'), ogsiOperations.findServiceData)?.soapAction).toBe(
      `${OGSI}#findServiceData`,
    )
    expect(operationFor(baseContract, qname(OGSI, 'GridService'), ogsiOperations.createService)).toBeUndefined()
  })

  test('service data as OGSI 1.0 declares it', () => {
    const shown = serviceDataOf(baseContract, qname(OGSI, 'Factory')).map(
      ({ name, type, min, max, mutability, nillable }) =>
        `${name.local} ${clark(type).replace(/.*[}]/, '')} ${min}..${max} ${mutability}${nillable ? ' nillable' : ''}`,
    )
    expect(shown).toEqual([
      'interface QName 1..Infinity constant',
      'serviceDataName QName 0..Infinity mutable',
      'factoryLocator LocatorType 1..1 mutable nillable',
      'gridServiceHandle HandleType 0..Infinity extendable',
      'gridServiceReference ReferenceType 1..Infinity mutable',
      'findServiceDataExtensibility OperationExtensibilityType 1..Infinity static',
      'setServiceDataExtensibility OperationExtensibilityType 1..Infinity static',
      'terminationTime TerminationTimeType 1..1 mutable',
      'createServiceExtensibility CreateServiceExtensibilityType 1..Infinity static',
    ])
  })

  test('the spelling slips of the standard are in the WSDL names of faults only', () => {
    const faults = operationFor(baseContract, qname(OGSI, 'GridService'), ogsiOperations.setServiceData)?.faults ?? []
    const slip = faults.find(fault => fault.name === 'CadinalityViolationFault')
    expect(slip?.element).toEqual(qname(OGSI, 'cardinalityViolationFault'))
  })
})
