import { describe, expect, test } from 'vitest'
import { soapError } from '../../../src/cli/foreign-fault.ts'

const address = 'https://grid.example.org:8443/services/needle?wsdl'
const withFault = (fault: object): Error =>
  Object.assign(new Error('soap:x'), { root: { Envelope: { Body: { Fault: fault } } } })

describe('what the soap package throws, in our words', () => {
  test.each([
    [
      { faultcode: 'soap:Client', faultstring: 'No such gene' },
      2,
      'the service answered with a fault (soap:Client): No such gene',
    ],
    [
      { faultcode: 'soap:Server', faultstring: { $value: 'Broken' } },
      1,
      'the service answered with a fault (soap:Server): Broken',
    ],
    [
      { Code: { Value: 'env:Sender' }, Reason: { Text: { attributes: {}, $value: 'Wrong' } }, Detail: { why: 'x' } },
      2,
      'the service answered with a fault (env:Sender): Wrong\n{\n  "why": "x"\n}',
    ],
    [{}, 1, 'the service answered with a fault (): '],
  ])('%j', (fault, exitCode, message) => {
    expect(soapError(withFault(fault), address)).toMatchObject({ exitCode, message })
  })

  test('a WSDL that is not there is told as the container told it', () => {
    const body = '{"error":{"code":"not-found","message":"There is no service \\"x\\".","hint":"Look at /"}}'
    const thrown = new Error(`Invalid WSDL URL: ${address}\n\n\r Code: 404\n\n\r Response Body: ${body}`)
    expect(soapError(thrown, address)).toMatchObject({ code: 'not-found', hint: 'Look at /' })
    const foreign = new Error(`Invalid WSDL URL: ${address}\n\n\r Code: 502\n\n\r Response Body: <html>`)
    expect(soapError(foreign, address)).toMatchObject({ message: expect.stringContaining('HTTP 502: <html>') })
  })

  test('nobody there', () => {
    const refused = Object.assign(new Error(''), { code: 'ECONNREFUSED' })
    expect(soapError(refused, address)).toMatchObject({ name: 'Unreachable', message: /^grid\.example\.org:8443 / })
    const other = new TypeError('unexpected')
    expect(soapError(other, address)).toBe(other)
  })
})
