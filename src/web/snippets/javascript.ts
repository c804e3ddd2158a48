import type { MakeSnippet } from './snippet.ts'
import { doubleQuoted, valueWriter } from './value-writer.ts'

export const javascript: MakeSnippet = ({ url, inputs, values, files }) => ({
  language: 'javascript',
  title: 'JavaScript (Node)',
  needs: 'the soap package (npm install soap)',
  program: {
    file: 'call.mjs',
    text: `import { readdirSync, readFileSync } from 'node:fs'
import { Agent } from 'node:https'
import { ClientSSLSecurity, createClientAsync } from 'soap'

const proxy = readFileSync(process.env.X509_USER_PROXY)
const folder = process.env.X509_CERT_DIR
const ca = readdirSync(folder).filter(name => /\\.\\d+$/.test(name)).map(name => readFileSync(\`\${folder}/\${name}\`))
const httpsAgent = new Agent({ key: proxy, cert: proxy, ca })
// Whole numbers have 64 bits here.
const customDeserializer = { long: text => BigInt(text) }
const client = await createClientAsync(${doubleQuoted(`${url}?wsdl`)}, { wsdl_options: { httpsAgent }, customDeserializer })
client.setSecurity(new ClientSSLSecurity(proxy, proxy, ca))

const [{ results }] = await client.runAsync({
${inputs.map(input => `  ${input.name}: ${written(input)},\n`).join('')}})
${values.map(({ name }) => `console.log('${name}:', String(results.${name}))\n`).join('')}${files
  .map(({ name, many }) =>
    many
      ? `for (const file of [results.${name}].flat()) console.log([file.url].flat()[0])\n`
      : `console.log('${name}:', [results.${name}.url].flat()[0])\n`,
  )
  .join('')}`,
  },
  commands: ['node call.mjs'],
})

const written = valueWriter({
  text: doubleQuoted,
  boolean: String,
  nothing: 'undefined',
  inline: text => `{ text: ${text} }`,
  file: name => `{ content: readFileSync(${name}).toString('base64') }`,
  integer: text => (Number.isSafeInteger(Number(text)) ? text : `${text}n`),
})
