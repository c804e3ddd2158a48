import type { Application } from '../application/model.ts'
import { formatDuration } from '../core/quantities.ts'
import type { FileTransfer, JobStatus } from '../factory/job-status.ts'
import { usageText } from '../factory/job-usage.ts'
import { html, moment, page } from './html.ts'

interface FileLine {
  readonly name: string
  readonly size: bigint
  readonly url: readonly string[]
}

/**
 * `/instances/ID`: how a job stands, its values and its files, the checkpoints of it that are kept, and what a program that
 * runs has printed last (`tail`).
 */
export function instancePage(
  application: Application,
  results: Readonly<Record<string, unknown>>,
  checkpoints: readonly object[] = [],
  tail?: string,
): string {
  const status = results['status'] as JobStatus
  const outputs = application.outputs.flatMap(output => {
    const value = results[output.name]
    return value === undefined ? [] : [{ output, value }]
  })
  const tone = status.state === 'Done' ? 'good' : status.state === 'Failed' ? 'bad' : 'muted'
  const stays = application.session !== undefined || application.library !== undefined
  const over = status.state === 'Done' || status.state === 'Failed' || status.state === 'Canceled'
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['Owner', status.owner],
    ['Submitted', moment(status.submitted)],
    ['Started', status.started && moment(status.started)],
    ['Ended', status.ended && moment(status.ended)],
    ['Kept until', status.expires && moment(status.expires)],
    [
      'Progress',
      over
        ? undefined
        : (status.progress ?? (status.percent === undefined ? undefined : `${status.percent.toFixed(0)} %`)),
    ],
    ['In the queue', status.queuePosition?.toString()],
    ['Attempt', status.attempt === undefined ? undefined : `${status.attempt}, from what the one before it saved`],
    ['Used', status.usage === undefined ? undefined : usageText(status.usage)],
    ['Exit code', status.exitCode?.toString()],
    ['Signal', status.signal],
    ['Reason', status.reason],
  ]
  return page(
    `${application.name}: ${status.state}`,
    html`<p><a href="/">gridwrap</a> · <a href="/services/${application.name}">${application.title}</a></p>
<h1>${status.label ?? status.job.id} <span class="${tone}">${status.state}</span></h1>
<table>${facts.filter(([, value]) => value !== undefined).map(([name, value]) => html`<tr><th>${name}</th><td>${value}</td></tr>`)}</table>
${status.warning === undefined ? undefined : html`<h2>Warnings</h2><ul>${status.warning.map(one => html`<li>${one}</li>`)}</ul>`}
${status.transfer === undefined ? undefined : html`<h2>Files on their way</h2><table>${status.transfer.map(transferRow)}</table>`}
${stays && !over ? aboutSession(application, status.job.handle) : undefined}
${outputs.length === 0 ? undefined : html`<h2>Results</h2><table>${outputs.map(({ output, value }) => html`<tr><th>${output.name}</th><td>${shown(value)}${output.unit === undefined ? undefined : ` ${output.unit}`}</td><td class="muted">${output.help}</td></tr>`)}</table>`}
${outputs.filter(({ output }) => output.show === 'image').map(({ output, value }) => picture(output.name, value))}
${checkpoints.length === 0 ? undefined : html`<h2>Checkpoints</h2><p>${checkpoints.map(one => html`${shown(one)}<br>`)}</p><p class="muted">Another job goes on from one of these: give it as the input "checkpoint".</p>`}
${tail === undefined ? undefined : html`<h2>It prints</h2><pre>${tail}</pre>`}
<p><a href="/instances/${status.job.id}/files/stdout">Standard output</a> · <a href="/instances/${status.job.id}/files/stderr">standard error</a></p>${over || stays ? undefined : html`<p class="muted">This page is loaded again every few seconds until the job is over.</p>`}`,
    over || stays ? {} : { refreshSeconds: 5 },
  )
}

/** How a session is called that is open. */
const aboutSession = ({ session, operations = [] }: Application, handle: string): ReturnType<typeof html> => {
  const calls = [...(session === undefined ? [] : ['evaluate']), ...operations.map(({ name }) => name)]
  return html`<p>This is a session; it stays until it is ended${session?.idle === undefined ? '' : `, and sleeps after ${formatDuration(session.idle)} without a call`}. Its calls: ${calls.map(name => html`<code>${name}</code> `)}</p>
<pre>gridwrap ${session === undefined ? `call ${handle} ${calls[0] ?? ''} …` : `evaluate ${handle} …`}</pre>`
}

const transferRow = ({
  direction,
  name,
  url,
  state,
  bytes = 0n,
  size,
  problem,
}: FileTransfer): ReturnType<typeof html> => {
  const of = size === undefined ? '' : ` of ${size}`
  const tone = state === 'done' ? 'good' : state === 'failed' ? 'bad' : 'muted'
  return html`<tr><th>${name}</th><td>${direction === 'in' ? 'from' : 'to'} ${url}</td><td class="${tone}">${state}</td><td>${String(bytes)}${of} bytes</td><td>${problem}</td></tr>`
}

/** Browsers draw these; other pictures are only linked. */
function picture(name: string, value: unknown): ReturnType<typeof html> | undefined {
  const { name: file, url } = value as FileLine
  return /\.(svg|png|jpe?g|gif|webp)$/i.test(file)
    ? html`<p><img src="${url[0]}" alt="${name}" style="max-width:100%"></p>`
    : undefined
}

function shown(value: unknown): ReturnType<typeof html> {
  if (Array.isArray(value)) return html`${value.map(one => html`${shown(one)}<br>`)}`
  if (typeof value !== 'object' || value === null) return html`${String(value)}`
  const { name, size, url } = value as FileLine
  return html`<a href="${url[0]}">${name}</a> (${size.toString()} bytes)`
}
