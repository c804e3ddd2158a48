import { escapeText } from '../../xml/xml-escape.ts'
import { type MakeSnippet, shellWord } from './snippet.ts'
import type { ExampleInput, ExampleValue } from './subject.ts'

export const curl: MakeSnippet = ({ namespace, url, inputs }) => ({
  language: 'curl',
  title: 'curl',
  needs: 'curl',
  commands: [
    `curl -sS --cert "$X509_USER_PROXY" --capath "$X509_CERT_DIR" -H 'Content-Type: text/xml' --data-binary @- ${shellWord(url)} <<EOF
<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"><Body><run xmlns="${namespace}">
${inputs.flatMap(elements).join('\n')}
</run></Body></Envelope>
EOF`,
  ],
})

const elements = ({ name, values }: ExampleInput): readonly string[] =>
  values.map(value => `  <${name}>${content(value)}</${name}>`)

/** Within a here-document of the shell. */
const quoted = (text: string): string => escapeText(text).replace(/[\\$`]/g, '\\$&')

function content(value: ExampleValue): string {
  switch (value.kind) {
    case 'boolean':
      return String(value.value)
    case 'inline':
      return `<text xmlns="">${quoted(value.text)}</text>`
    case 'file':
      return `<content xmlns="">$(base64 <${shellWord(value.name)})</content>`
    default:
      return quoted(value.text)
  }
}
