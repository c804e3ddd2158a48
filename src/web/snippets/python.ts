import { pascalCase } from '../../wsdl/contract-names.ts'
import type { MakeSnippet } from './snippet.ts'
import type { SnippetSubject } from './subject.ts'
import { doubleQuoted, valueWriter } from './value-writer.ts'

const needs = 'zeep (pip install zeep, or Debian’s python3-zeep)'

export const python: MakeSnippet = subject => ({
  ...{ language: 'python', title: 'Python (zeep)', needs },
  program: {
    file: 'call.py',
    text: `${opened(subject)}
results = client.service.run(
${parameters(subject)})
${printed(subject)}`,
  },
  commands: ['python3 call.py'],
})

/** For programs that take longer than a call may wait. */
export const pythonLater: MakeSnippet = subject => ({
  ...{ language: 'python-submit', title: 'Python (zeep), for programs that take long', needs },
  program: {
    file: 'submit.py',
    text: `${opened(subject)}
job = client.service.submit(
${parameters(subject)})
print(job.address)

# Here, or tomorrow in another program: the job has an address of its own.
at = client.create_service('{${subject.namespace}}${pascalCase(subject.name)}JobBinding', job.address)
while at.waitFor(seconds=50).state not in ('Done', 'Failed', 'Canceled'):
    pass
results = at.getResults()
${printed(subject)}`,
  },
  commands: ['python3 submit.py'],
})

const opened = ({ url }: SnippetSubject): string => `import os
import requests
import zeep

session = requests.Session()
session.trust_env = False
session.cert = os.environ['X509_USER_PROXY']
session.verify = os.environ['X509_CERT_DIR']
client = zeep.Client(${doubleQuoted(`${url}?wsdl`)}, transport=zeep.Transport(session=session))
`

const parameters = ({ inputs }: SnippetSubject): string =>
  inputs.map(input => `    ${input.name}=${written(input)},\n`).join('')

const printed = ({ values, files }: SnippetSubject): string =>
  [
    ...values.map(({ name }) => `print('${name}:', results.${name})\n`),
    ...files.map(({ name, many }) =>
      many ? `for file in results.${name}:\n    print(file.url[0])\n` : `print('${name}:', results.${name}.url[0])\n`,
    ),
  ].join('')

const written = valueWriter({
  text: doubleQuoted,
  boolean: value => (value ? 'True' : 'False'),
  nothing: 'None',
  inline: text => `{'text': ${text}}`,
  file: name => `{'content': open(${name}, 'rb').read()}`,
})
