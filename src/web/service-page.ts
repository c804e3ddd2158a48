import type { Application, Input, Output, SessionOperation } from '../application/model.ts'
import type { JobStatus } from '../factory/job-status.ts'
import { type Html, html, moment, page } from './html.ts'
import type { Snippet } from './snippets/snippet.ts'

/** `/services/NAME`: the inputs and outputs of a program, and calls to paste. */
export const servicePage = (
  application: Application,
  url: string,
  jobs: readonly JobStatus[],
  snippets: readonly Snippet[],
): string =>
  page(
    `${application.name}: ${application.title}`,
    html`<p><a href="/">gridwrap</a></p><h1>${application.title}</h1>
${application.description === undefined ? undefined : html`<p>${application.description}</p>`}
${application.cite === undefined ? undefined : html`<p class="muted">Please cite: ${application.cite}</p>`}
${application.inputs.length === 0 ? undefined : html`<h2>Inputs</h2><table><tr><th>Name</th><th>Type</th><th>Accepted</th><th></th></tr>${application.inputs.map(inputRow)}</table>`}
${outputTable(application)}${application.operations?.map(operationPart)}
${jobs.length === 0 ? undefined : jobTable(jobs)}
<h2>Call it</h2>
<p>In all of these, <code>$X509_USER_PROXY</code> is your proxy and <code>$X509_CERT_DIR</code> the folder of the authorities that you trust.</p>
${application.library !== undefined ? aboutLibraries : application.session === undefined ? aboutRuns : aboutSessions}
${snippets.map((one, index) => snippetBlock(one, index === 0))}
<p>Contracts: <a href="${url}?wsdl">WSDL</a> · <a href="${url}?wsdl12">WSDL for SOAP 1.2</a> · <a href="${url}?wsdl=ogsi">OGSI operations</a> · <a href="${url}?gwsdl">GWSDL</a></p>`,
  )

const aboutRuns = html`<p><code>run</code> waits 50 seconds, or as many as <code>options</code> says in <code>waitSeconds</code> (at most 3600). What takes longer goes on, and the fault says where. For such programs there is <code>submit</code>, which answers at once with the job: it has an address of its own, where <code>waitFor</code> and <code>getResults</code> are called, now or tomorrow.</p>`

const aboutSessions = html`<p>This is an interpreter. <code>submit</code> opens a session: a job with an address of its own, where <code>evaluate</code> hands it code and answers what that printed. What one call has defined, the next one finds. <code>interrupt</code> breaks off what goes on; <code>destroy</code> ends the session.</p>`

const aboutLibraries = html`<p>This is a library. <code>submit</code> opens a copy of it: a job with an address of its own, where its routines are called. What it keeps in its variables, the next call finds; <code>destroy</code> ends it.</p>`

const outputTable = ({ outputs }: Application): Html | undefined =>
  outputs.length === 0
    ? undefined
    : html`<h2>Outputs</h2><table><tr><th>Name</th><th>Kind</th><th></th></tr>${outputs.map(outputRow)}</table>`

const outputRow = ({ name, source, optional, help, unit }: Output): Html =>
  html`<tr><td><code>${name}</code></td><td>${source.kind === 'value' ? source.type : source.kind}${optional ? ' (optional)' : ''}</td><td>${help}${unit === undefined ? undefined : ` [${unit}]`}</td></tr>`

/** A typed call of a session. */
const operationPart = ({ name, application }: SessionOperation): Html =>
  html`<h2><code>${name}</code>: ${application.title}</h2>${application.description === undefined ? undefined : html`<p>${application.description}</p>`}<table><tr><th>Name</th><th>Type</th><th>Accepted</th><th></th></tr>${application.inputs.map(inputRow)}</table>${outputTable(application)}`

const jobTable = (jobs: readonly JobStatus[]): Html =>
  html`<h2>Your jobs</h2><table><tr><th>Job</th><th>State</th><th>Submitted</th></tr>${jobs.map(
    ({ job, label, state, submitted }) =>
      html`<tr><td><a href="/instances/${job.id}">${label ?? job.id}</a></td><td>${state}</td><td>${moment(submitted)}</td></tr>`,
  )}</table>`

function inputRow(input: Input): Html {
  const accepted = [
    input.values?.map(value => value.say).join(', '),
    input.range === undefined ? undefined : `${input.range.min ?? ''}..${input.range.max ?? ''}`,
    input.many === undefined
      ? undefined
      : `${input.isDirectory === true ? 'files' : 'list of'} ${input.many.min ?? 0}..${input.many.max ?? ''}`,
    input.default === undefined ? undefined : `default ${String(input.default)}`,
    input.optional ? 'optional' : undefined,
  ].filter(part => part !== undefined)
  return html`<tr><td><code>${input.name}</code></td><td>${input.isDirectory === true ? 'directory' : input.type}${input.unit === undefined ? undefined : ` [${input.unit}]`}</td><td>${accepted.join('; ')}</td><td>${input.help}</td></tr>`
}

const snippetBlock = ({ title, needs, program, commands }: Snippet, open: boolean): Html =>
  html`<details${open ? html` open` : undefined}><summary>${title}</summary><p class="muted">Needs ${needs}.</p>
${program === undefined ? undefined : html`<p><code>${program.file}</code>:</p><pre>${program.text}</pre><p>and then:</p>`}<pre>${commands.join('\n')}
</pre></details>
`
