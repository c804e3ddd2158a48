import { html, page } from './html.ts'

/** What was wrong, for people: the same sentences as in a fault. */
export const errorPage = (message: string, hint: string | undefined): string =>
  page(
    'gridwrap: this did not work',
    html`<p><a href="/">gridwrap</a></p><h1>This did not work</h1><p>${message}</p>${hint === undefined ? undefined : html`<p>${hint}</p>`}`,
  )
