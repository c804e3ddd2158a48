import type { SnippetSubject } from './subject.ts'

/** A call of a service that can be pasted: what it needs, what to type, and the program, if there is one. */
export interface Snippet {
  readonly language: string
  readonly title: string
  /** What has to be installed, as its users call it. */
  readonly needs: string
  /** The program, and the name that the commands call it by. */
  readonly program?: { readonly file: string; readonly text: string }
  /** For a POSIX shell, in order; the last one calls the service. */
  readonly commands: readonly string[]
}

/**
 * Makes the snippet of one language. All of them find the caller's proxy in `X509_USER_PROXY` and the authorities in
 * `X509_CERT_DIR`, as grid programs do. What is on the page is what the tests run.
 */
export type MakeSnippet = (subject: SnippetSubject) => Snippet

/** A text as one word of a POSIX shell. */
export const shellWord = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
