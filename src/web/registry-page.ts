import { html, moment, page } from './html.ts'

/** One entry of the registry, for people. */
export interface RegistryLine {
  readonly name: string
  readonly title: string | undefined
  readonly address: string
  /** Who registered it; undefined: it is one of this container. */
  readonly by: string | undefined
  /** When the entry ends; undefined: never. */
  readonly until: Date | undefined
}

/** `/registry`: what this container offers, and what others have registered. */
export const registryPage = (lines: readonly RegistryLine[]): string =>
  page(
    'Registry',
    html`<h1>Registry</h1><p>Services of this container, and those that others have registered here.
Clients ask for it as an OGSI ServiceGroup (<a href="/registry?wsdl">WSDL</a>).</p>
${
  lines.length === 0
    ? html`<p>None yet.</p>`
    : html`<table><tr><th>Service</th><th></th><th>Registered by</th><th>Until</th></tr>
${lines.map(
  one =>
    html`<tr><td>${
      // Only what a browser can follow; an address that somebody registered may be anything.
      /^https?:\/\//i.test(one.address) ? html`<a href="${one.address}" rel="nofollow">${one.name}</a>` : one.name
    }<br><span class="muted">${one.address}</span></td><td>${one.title}</td><td>${one.by ?? 'this container'}</td><td>${
      one.until === undefined ? '' : moment(one.until)
    }</td></tr>`,
)}</table>`
}`,
  )
