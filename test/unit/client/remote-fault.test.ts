import { expect, test } from 'vitest'
import { errorOf, plainError, RemoteFault } from '../../../src/client/remote-fault.ts'
import { JOB } from '../../../src/wsdl/names.ts'
import { parseXml } from '../../../src/xml/xml-reader.ts'

test.each(['toString', 'constructor', '__proto__', 'made-up'])('a code that is none of the table: %s', async code => {
  expect(plainError(500, JSON.stringify({ error: { code, message: 'no' } }), 'http://a/')).toBeInstanceOf(RemoteFault)
  const fault = `<s:Fault xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><faultcode>s:Server</faultcode><faultstring>no</faultstring>
    <detail><j:Denied xmlns:j="${JOB}"><j:code>${code}</j:code><j:message>no</j:message></j:Denied></detail></s:Fault>`
  expect(await errorOf(parseXml(fault))).toBeInstanceOf(RemoteFault)
})

test('what a service says moves no cursor', () => {
  const said = plainError(500, '\u001b]0;title\u0007\u001b[2J gone', 'http://a/').message
  expect(said).toContain('gone')
  expect(said).not.toMatch(/[\0-\x08\x0b-\x1f\x7f-\x9f]/)
})
