import type { MakeSnippet } from './snippet.ts'
import { doubleQuoted, valueWriter } from './value-writer.ts'

export const python: MakeSnippet = ({ url, inputs, values, files }) => ({
  language: 'python',
  title: 'Python (zeep)',
  needs: 'zeep (pip install zeep, or Debian’s python3-zeep)',
  program: {
    file: 'call.py',
    text: `import os
import requests
import zeep

session = requests.Session()
session.trust_env = False
session.cert = os.environ['X509_USER_PROXY']
session.verify = os.environ['X509_CERT_DIR']
client = zeep.Client(${doubleQuoted(`${url}?wsdl`)}, transport=zeep.Transport(session=session))

results = client.service.run(
${inputs.map(input => `    ${input.name}=${written(input)},\n`).join('')})
${values.map(({ name }) => `print('${name}:', results.${name})\n`).join('')}${files
  .map(({ name, many }) =>
    many ? `for file in results.${name}:\n    print(file.url[0])\n` : `print('${name}:', results.${name}.url[0])\n`,
  )
  .join('')}`,
  },
  commands: ['python3 call.py'],
})

const written = valueWriter({
  text: doubleQuoted,
  boolean: value => (value ? 'True' : 'False'),
  nothing: 'None',
  inline: text => `{'text': ${text}}`,
  file: name => `{'content': open(${name}, 'rb').read()}`,
})
