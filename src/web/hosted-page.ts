import { type Html, html, page } from './html.ts'

/** One operation of a hosted class, for people: its parameters and what it gives as `name: type`. */
export interface HostedOperationLine {
  readonly name: string
  readonly documentation: string | undefined
  readonly takes: readonly string[]
  readonly gives: string | undefined
}

export interface HostedPage {
  readonly name: string
  readonly title: string
  readonly description: string | undefined
  readonly url: string
  /** A factory creates objects; these are the caller's. Undefined: the service is there for all. */
  readonly objects: readonly string[] | undefined
  readonly creation: readonly string[]
  readonly operations: readonly HostedOperationLine[]
  readonly serviceData: readonly string[]
}

/** `/hosted/NAME`: what a hosted class can be asked. */
export const hostedPage = ({
  name,
  title,
  description,
  url,
  objects,
  creation,
  operations,
  serviceData,
}: HostedPage): string =>
  page(
    `${name}: ${title}`,
    html`<p><a href="/">gridwrap</a></p><h1>${title}</h1>
${description === undefined ? undefined : html`<p>${description}</p>`}
<h2>Operations</h2><table><tr><th>Name</th><th>Takes</th><th>Gives</th><th></th></tr>${
      objects === undefined
        ? undefined
        : operationRow({
            name: 'create',
            documentation: 'An object of your own; its handle is its address.',
            takes: creation,
            gives: 'handle: string',
          })
    }${operations.map(operationRow)}</table>
${serviceData.length === 0 ? undefined : html`<h2>Service data</h2><p>${serviceData.map(one => html`<code>${one}</code> `)}</p>`}
${objects === undefined || objects.length === 0 ? undefined : html`<h2>Yours</h2><ul>${objects.map(one => html`<li><a href="${one}">${one}</a></li>`)}</ul>`}
<h2>Call it</h2>
<pre>gridwrap describe-service ${url}
gridwrap call ${url} ${exampleOf(objects === undefined ? operations[0] : undefined, creation)}
</pre>
<p>Contracts: <a href="${url}?wsdl">WSDL</a> · <a href="${url}?wsdl12">WSDL for SOAP 1.2</a> · <a href="${url}?wsdl=ogsi">OGSI operations</a> · <a href="${url}?gwsdl">GWSDL</a></p>`,
  )

const operationRow = ({ name, documentation, takes, gives }: HostedOperationLine): Html =>
  html`<tr><td><code>${name}</code></td><td>${takes.map(one => html`<code>${one}</code> `)}</td><td>${gives === undefined ? '' : html`<code>${gives}</code>`}</td><td>${documentation}</td></tr>`

function exampleOf(operation: HostedOperationLine | undefined, creation: readonly string[]): string {
  const [name, takes] = operation === undefined ? ['create', creation] : [operation.name, operation.takes]
  return [name, ...takes.filter(one => !/[?*]$/.test(one)).map(one => `${one.replace(/:.*$/, '')}=…`)].join(' ')
}
