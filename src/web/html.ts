/** Markup that is safe to send: made by {@link html} only. */
export class Html {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

/** A moment, to the second, UTC. */
export const moment = (time: Date): string => `${time.toISOString().slice(0, 19).replace('T', ' ')} UTC`

type Part = Html | string | number | undefined | readonly Part[]

/** A template whose values are escaped, unless they are markup themselves. */
export function html(strings: TemplateStringsArray, ...values: readonly Part[]): Html {
  let out = strings[0] ?? ''
  for (const [index, value] of values.entries()) out += render(value) + (strings[index + 1] ?? '')
  return new Html(out)
}

const render = (value: Part): string => {
  if (value === undefined) return ''
  if (value instanceof Html) return value.text
  if (typeof value === 'object') return value.map(render).join('')
  return String(value).replace(/[&<>"']/g, c => `&#${c.charCodeAt(0)};`)
}

const style = `body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a;background:#fff}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.3rem .8rem .3rem 0;border-bottom:1px solid #ddd;vertical-align:top}
pre{background:#f4f4f2;padding:.8rem;overflow:auto;font-size:.85rem}code{background:#f4f4f2;padding:0 .2rem}.muted{color:#666}summary{cursor:pointer;padding:.3rem 0}.bad{color:#a40000}.good{color:#1c6b1c}
@media(prefers-color-scheme:dark){body{color:#ddd;background:#181818}pre,code{background:#262626}td,th{border-color:#3a3a3a}a{color:#8ab4f8}.bad{color:#ff8a80}.good{color:#8fd18f}.muted{color:#999}}`

/** A whole page, without scripts and without anything fetched from elsewhere. */
export const page = (
  title: string,
  body: Html,
  { refreshSeconds }: { readonly refreshSeconds?: number } = {},
): string =>
  html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">${refreshSeconds === undefined ? undefined : html`<meta http-equiv="refresh" content="${refreshSeconds}">`}<title>${title}</title><style>${new Html(style)}</style></head>
<body>${body}</body></html>
`.text
