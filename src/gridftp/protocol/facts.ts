import { ProtocolError } from './protocol-error.ts'
import { readTimestamp } from './timestamp.ts'

/** One entry of a listing of machines (RFC 3659 section 7). */
export interface ListedFile {
  /** As the server says it: with MLSD a name in the directory, with MLST what was asked for or a whole path. */
  readonly name: string
  readonly kind: 'file' | 'directory' | 'other'
  readonly size: number | undefined
  /** Milliseconds since the epoch. */
  readonly modified: number | undefined
  /** Whether it is the directory itself or the one above (types cdir and pdir). */
  readonly isSelf: boolean
  /** Where a link points, as Globus servers tell it (UNIX.slink). */
  readonly link: string | undefined
  /** All facts; names in lower case. */
  readonly facts: ReadonlyMap<string, string>
}

const kinds: Readonly<Record<string, ListedFile['kind']>> = {
  file: 'file',
  dir: 'directory',
  cdir: 'directory',
  pdir: 'directory',
}

/** Reads `fact=value;fact=value; name` (section 7.2). Throws ProtocolError when it is not that. */
export function readFacts(line: string): ListedFile {
  const blank = line.indexOf(' ')
  if (blank === -1 || blank === line.length - 1)
    throw new ProtocolError(`This is no entry of a listing: ${JSON.stringify(line.slice(0, 80))}.`)
  const facts = new Map<string, string>()
  for (const part of line.slice(0, blank).split(';')) {
    const equals = part.indexOf('=')
    if (equals > 0) facts.set(part.slice(0, equals).toLowerCase(), part.slice(equals + 1))
  }
  const type = facts.get('type')?.toLowerCase() ?? ''
  const [, size] = /^(\d{1,16})$/.exec(facts.get('size') ?? '') ?? []
  return {
    name: line.slice(blank + 1),
    kind: kinds[type] ?? 'other',
    size: size === undefined ? undefined : Number(size),
    modified: readTimestamp(facts.get('modify') ?? ''),
    isSelf: type === 'cdir' || type === 'pdir',
    link: facts.get('unix.slink'),
    facts,
  }
}
