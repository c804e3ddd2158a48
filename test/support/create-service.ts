import type { HttpsConnection } from '../../src/client/https-connection.ts'
import { soap11 } from '../../src/soap/namespaces.ts'
import { applicationNamespace, JOB, OGSI } from '../../src/wsdl/names.ts'

/**
 * Calls OGSI's createService with these children of run's element (prefixes `t` for the application's, `j` for the
 * job's). Its handle; of a fault the code, as an Error's `code`.
 */
export async function createService(
  connection: HttpsConnection,
  url: string,
  application: string,
  inputs: string,
): Promise<string> {
  const run = `<t:run xmlns:t="${applicationNamespace(application)}" xmlns:j="${JOB}">${inputs}</t:run>`
  const body = `<s:Envelope xmlns:s="${soap11}" xmlns:o="${OGSI}"><s:Body><o:createService><o:creationParameters>${run}</o:creationParameters></o:createService></s:Body></s:Envelope>`
  const headers = { 'Content-Type': 'text/xml', 'Content-Length': String(Buffer.byteLength(body)) }
  const { text } = await connection.sendForText('POST', url, headers, body)
  const code = /:code>([^<]+)</.exec(text)?.[1]
  const handle = /handle>([^<]+)</.exec(text)?.[1]
  if (code !== undefined || handle === undefined)
    throw Object.assign(new Error(`createService was answered with ${text}`), { code })
  return handle
}
