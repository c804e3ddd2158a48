import { join } from 'node:path'

/** How files travel. */
export interface Journey {
  readonly direction: 'get' | 'put'
  /** The one large file, or the directory of small ones. */
  readonly what: 'large' | 'small'
  readonly streams: 1 | 4
  readonly protection: 'clear' | 'private'
  /** Where what is got goes. */
  readonly into: 'file' | '/dev/null'
}

/** The words of a command that copies from a URL to a URL. */
export type Client = (journey: Journey, from: string, to: string) => readonly [program: string, ...args: string[]]

/** The same four files at once, and the same protection, as {@link globusUrlCopy}. */
export const gridwrapCp: Client = ({ what, streams, protection }, from, to) => [
  join(import.meta.dirname, '../../bin/gridwrap'),
  ...['cp', '--no-verify', '--quiet'],
  ...(what === 'small' ? ['-r', '--fast', '-c', '4'] : []),
  ...(streams > 1 ? ['-p', String(streams)] : []),
  ...(protection === 'private' ? ['--protect', 'private'] : []),
  ...[from, to],
]

/** With all that makes many files fast: several at once (-cc), and the next one asked for before its turn (-pp). */
export const globusUrlCopy: Client = ({ what, streams, protection }, from, to) => [
  'globus-url-copy',
  ...(what === 'small' ? ['-r', '-cd', '-cc', '4', '-pp'] : []),
  ...(streams > 1 ? ['-p', String(streams)] : []),
  ...(protection === 'private' ? ['-dcpriv'] : []),
  ...[from, to],
]
