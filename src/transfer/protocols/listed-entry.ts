import type { ListedFile } from '../../gridftp/protocol/facts.ts'
import type { Entry } from '../endpoint.ts'

/** The last name of a path. */
export const nameOf = (path: string): string => path.replace(/\/+$/, '').replace(/^.*\//s, '')

/** What a listing says of a file. A link to a directory is none: it may lead in a circle, and what lies behind it is not in it. */
export const entryOf = ({ kind, size, modified, link }: ListedFile, name: string): Entry => ({
  name,
  kind: kind === 'directory' && link !== undefined ? 'other' : kind,
  size,
  modified,
  ...(link === undefined ? {} : { isLink: true }),
})
