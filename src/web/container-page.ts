import { html, page } from './html.ts'

export interface OfferedLine {
  readonly name: string
  readonly title: string
  readonly url: string
}

/** `/`: who you are here, and what is offered. */
export const containerPage = (identity: string, services: readonly OfferedLine[]): string =>
  page(
    'gridwrap',
    html`<h1>gridwrap</h1><p>You are <code>${identity}</code>.</p>
<h2>Services</h2>
${
  services.length === 0
    ? html`<p>None yet. An administrator adds one with <code>gridwrap register FOLDER</code>.</p>`
    : html`<table><tr><th>Service</th><th></th><th>Contract</th></tr>
${services.map(one => html`<tr><td><a href="${one.url}">${one.name}</a></td><td>${one.title}</td><td><a href="${one.url}?wsdl">WSDL</a></td></tr>`)}</table>`
}
<p>The <a href="/registry">registry</a> also has what others have registered here. Your jobs are on the page of their service.</p>`,
  )
