import type { Application, Input } from '../application/model.ts'
import type { JobStatus } from '../factory/job-status.ts'
import { type Html, html, moment, page } from './html.ts'

/** `/services/NAME`: the inputs and outputs of a program, and calls to paste. */
export const servicePage = (application: Application, url: string, jobs: readonly JobStatus[]): string =>
  page(
    `${application.name}: ${application.title}`,
    html`<p><a href="/">gridwrap</a></p><h1>${application.title}</h1>
${application.description === undefined ? undefined : html`<p>${application.description}</p>`}
${application.cite === undefined ? undefined : html`<p class="muted">Please cite: ${application.cite}</p>`}
<h2>Inputs</h2><table><tr><th>Name</th><th>Type</th><th>Accepted</th><th></th></tr>${application.inputs.map(inputRow)}</table>
<h2>Outputs</h2><table><tr><th>Name</th><th>Kind</th><th></th></tr>${application.outputs.map(
      output =>
        html`<tr><td><code>${output.name}</code></td><td>${output.source.kind === 'value' ? output.source.type : output.source.kind}${output.optional ? ' (optional)' : ''}</td><td>${output.help}${output.unit === undefined ? undefined : ` [${output.unit}]`}</td></tr>`,
    )}</table>
${jobs.length === 0 ? undefined : jobTable(jobs)}
<h2>Call it</h2>
<p>From the command line:</p><pre>gridwrap run ${url} ${[...application.inputs.filter(isRequired).map(example), '--out result'].join(' ')}</pre>
<p>From Python (zeep), with a proxy in <code>$X509_USER_PROXY</code>:</p><pre>${python(application, url)}</pre>
<p>Contracts: <a href="${url}?wsdl">WSDL</a> · <a href="${url}?wsdl12">WSDL for SOAP 1.2</a> · <a href="${url}?wsdl=ogsi">OGSI operations</a> · <a href="${url}?gwsdl">GWSDL</a></p>`,
  )

const jobTable = (jobs: readonly JobStatus[]): Html =>
  html`<h2>Your jobs</h2><table><tr><th>Job</th><th>State</th><th>Submitted</th></tr>${jobs.map(
    ({ job, label, state, submitted }) =>
      html`<tr><td><a href="/instances/${job.id}">${label ?? job.id}</a></td><td>${state}</td><td>${moment(submitted)}</td></tr>`,
  )}</table>`

const isRequired = (input: Input): boolean => !input.optional && input.default === undefined

function inputRow(input: Input): Html {
  const accepted = [
    input.values?.map(value => value.say).join(', '),
    input.range === undefined ? undefined : `${input.range.min ?? ''}..${input.range.max ?? ''}`,
    input.many === undefined ? undefined : `list of ${input.many.min ?? 0}..${input.many.max ?? ''}`,
    input.default === undefined ? undefined : `default ${String(input.default)}`,
    input.optional ? 'optional' : undefined,
  ].filter(part => part !== undefined)
  return html`<tr><td><code>${input.name}</code></td><td>${input.type}${input.unit === undefined ? undefined : ` [${input.unit}]`}</td><td>${accepted.join('; ')}</td><td>${input.help}</td></tr>`
}

const example = (input: Input): string => (input.type === 'file' ? `${input.name}=FILE` : `${input.name}=VALUE`)

function python(application: Application, url: string): string {
  const args = application.inputs.filter(isRequired).map(input => {
    const one =
      input.type === 'file'
        ? `{'content': open('FILE', 'rb').read()}`
        : input.type === 'string' || input.type === 'choice' || input.type === 'text'
          ? `'…'`
          : '…'
    return `${input.name}=${input.many === undefined ? one : `[${one}]`}`
  })
  return `import os, requests, zeep
session = requests.Session()
session.trust_env = False
session.cert = os.environ['X509_USER_PROXY']
session.verify = 'ca.pem'   # the authority of this container
service = zeep.Client('${url}?wsdl', transport=zeep.Transport(session=session)).service
results = service.run(${args.join(', ')})
print(results)
`
}
