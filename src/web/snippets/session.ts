import type { Application } from '../../application/model.ts'
import { pascalCase } from '../../wsdl/contract-names.ts'
import { applicationNamespace } from '../../wsdl/names.ts'
import { type Snippet, shellWord } from './snippet.ts'
import { doubleQuoted } from './value-writer.ts'

/** A session or a library opened and called: from the command line, and from Python; as the description's first test does. */
export function sessionSnippets(application: Application, url: string): readonly Snippet[] {
  const tested = application.tests.find(({ fails }) => fails === undefined)
  const first = application.session === undefined ? (application.operations?.[0]?.name ?? '') : 'evaluate'
  const called = tested?.operation ?? first
  const given = JSON.stringify(tested?.run ?? (called === 'evaluate' ? { code: '1 + 1' } : {}), (_, value: unknown) =>
    typeof value === 'bigint' ? Number(value) : value,
  )
  const binding = `{${applicationNamespace(application.name)}}${pascalCase(application.name)}JobBinding`
  return [
    {
      ...{ language: 'gridwrap', title: 'gridwrap', needs: 'gridwrap' },
      commands: [
        `job=$(gridwrap submit ${shellWord(url)})`,
        `gridwrap call "$job" ${called} ${shellWord(given)}`,
        'gridwrap destroy "$job"',
      ],
    },
    {
      ...{ language: 'python', title: 'Python (zeep)', needs: 'zeep (pip install zeep, or Debian’s python3-zeep)' },
      program: {
        file: 'session.py',
        text: `import json
import os
import requests
import zeep

http = requests.Session()
http.trust_env = False
http.cert = os.environ['X509_USER_PROXY']
http.verify = os.environ['X509_CERT_DIR']
client = zeep.Client(${doubleQuoted(`${url}?wsdl`)}, transport=zeep.Transport(session=http))

job = client.service.submit()
session = client.create_service(${doubleQuoted(binding)}, job.address)
print(session.${called}(**json.loads(${doubleQuoted(given)})))
session.destroy()
`,
      },
      commands: ['python3 session.py'],
    },
  ]
}
