import type { Application } from '../../application/model.ts'
import { pascalCase } from '../../wsdl/contract-names.ts'
import { applicationNamespace } from '../../wsdl/names.ts'
import { type Snippet, shellWord } from './snippet.ts'
import { doubleQuoted } from './value-writer.ts'

/** A session opened and called: from the command line, and from Python. The code is that of the description's first test. */
export function sessionSnippets(application: Application, url: string): readonly Snippet[] {
  const tested = application.tests.find(({ operation, fails }) => operation === 'evaluate' && fails === undefined)
  const code = String(tested?.run['code'] ?? '1 + 1')
  const binding = `{${applicationNamespace(application.name)}}${pascalCase(application.name)}JobBinding`
  return [
    {
      ...{ language: 'gridwrap', title: 'gridwrap', needs: 'gridwrap' },
      commands: [
        `gridwrap submit ${shellWord(url)} --label mine`,
        `gridwrap evaluate mine ${shellWord(code)}`,
        'gridwrap destroy mine',
      ],
    },
    {
      ...{ language: 'python', title: 'Python (zeep)', needs: 'zeep (pip install zeep, or Debian’s python3-zeep)' },
      program: {
        file: 'session.py',
        text: `import os
import requests
import zeep

http = requests.Session()
http.trust_env = False
http.cert = os.environ['X509_USER_PROXY']
http.verify = os.environ['X509_CERT_DIR']
client = zeep.Client(${doubleQuoted(`${url}?wsdl`)}, transport=zeep.Transport(session=http))

job = client.service.submit()
session = client.create_service(${doubleQuoted(binding)}, job.address)
answer = session.evaluate(code=${doubleQuoted(code)})
print(answer.output if answer.ok else answer.error)
session.destroy()
`,
      },
      commands: ['python3 session.py'],
    },
  ]
}
