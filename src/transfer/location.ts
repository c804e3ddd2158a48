import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { GridwrapError } from '../core/errors.ts'
import { bareHost } from '../core/http-address.ts'

export const schemes = ['file', 'gsiftp', 'ftp', 'https', 'http', 'stream'] as const
export type Scheme = (typeof schemes)[number]

/** Where a file is. */
export interface Location {
  readonly scheme: Scheme
  /** Of a server; without brackets. Empty for files of this machine. */
  readonly host: string
  readonly port: number
  readonly user: string | undefined
  readonly password: string | undefined
  /** As the server is told it; of a file of this machine an absolute path. Ends with / only when it was written so. */
  readonly path: string
  /** As it may be shown: without a password. */
  readonly text: string
}

const ports: Readonly<Partial<Record<Scheme, number>>> = { gsiftp: 2811, ftp: 21, https: 443, http: 80 }

/**
 * Reads a URL (gsiftp, ftp, https, http, file), a path of this machine, or `-` for what is piped through. Throws GridwrapError
 * (`invalid-input`).
 */
export function parseLocation(text: string): Location {
  if (text === '-') return { ...local, scheme: 'stream', path: '-', text: 'standard input or output' }
  const [, word] = /^([A-Za-z][A-Za-z0-9+.-]*):\/\//.exec(text) ?? []
  if (word === undefined) return ofFile(text)
  const scheme = schemes.find(known => known === word.toLowerCase().replace('gridftp', 'gsiftp'))
  if (scheme === undefined || scheme === 'stream')
    throw unusable(text, `"${word}" is no protocol that files are moved with`, `Use gsiftp, ftp, https, http or file.`)
  if (scheme === 'file') return ofFile(pathOfFileUrl(text))
  const url = readUrl(text)
  const path = scheme === 'https' || scheme === 'http' ? `${url.pathname}${url.search}` : ftpPath(url.pathname, text)
  const shown = new URL(url)
  shown.password = ''
  return {
    scheme,
    host: bareHost(url.hostname),
    port: url.port === '' ? unsaidPort(scheme, text) : Number(url.port),
    user: url.username === '' ? undefined : decoded(url.username, text),
    password: url.password === '' ? undefined : decoded(url.password, text),
    path,
    text: shown.href.replace(/^[a-z]+:/, `${scheme}:`),
  }
}

/** URL leaves out port 21, which it takes for the default one. */
const unsaidPort = (scheme: Scheme, text: string): number =>
  /^[^/]*\/\/[^/]*:0*21(?:\/|$)/.test(text) ? 21 : (ports[scheme] ?? 0)

/** A place below a directory. `relative`: names parted by /, as they are. */
export function below(directory: Location, relative: string): Location {
  const isWeb = directory.scheme === 'https' || directory.scheme === 'http'
  const written = isWeb ? relative.split('/').map(encodeURIComponent).join('/') : relative
  const encoded = directory.scheme === 'file' ? relative : relative.split('/').map(encodeURIComponent).join('/')
  const slash = (text: string): string => (text.endsWith('/') ? text : `${text}/`)
  return { ...directory, path: `${slash(directory.path)}${written}`, text: `${slash(directory.text)}${encoded}` }
}

/** The last name of a path; empty for a root. */
export const lastName = ({ scheme, path }: Location): string => {
  const isWeb = scheme === 'https' || scheme === 'http'
  const name = (isWeb ? path.replace(/[?].*$/s, '') : path).replace(/\/+$/, '').replace(/^.*\//s, '')
  if (!isWeb) return name
  const plain = decoded(name, path)
  // Written as %2F it would lead elsewhere.
  return /[/\0]/.test(plain) || plain === '.' || plain === '..' ? '' : plain
}

/** What two locations have in common that one connection serves. */
export const serverOf = ({ scheme, host, port, user, password }: Location): string =>
  JSON.stringify([scheme, host, port, user, password])

const local = { host: '', port: 0, user: undefined, password: undefined } as const

function ofFile(text: string): Location {
  if (text === '' || text.includes('\0')) throw unusable(text, 'it names no file', 'Give a path or a URL.')
  const path = `${resolve(text)}${text.endsWith('/') ? '/' : ''}`.replace(/\/+$/, text.endsWith('/') ? '/' : '')
  return { ...local, scheme: 'file', path: path === '' ? '/' : path, text: text }
}

function pathOfFileUrl(text: string): string {
  try {
    return fileURLToPath(text.replace(/^file:\/\/localhost\//i, 'file:///'))
  } catch (error) {
    throw unusable(text, 'it names no file of this machine', 'Write file:///PATH, or just the path.', error)
  }
}

/** All behind the host is the path: files have names with # and ?, and no part of it may get lost (RFC 1738 section 3.2.2). */
const asPath = (text: string): string =>
  text.replace(/[#?\\]/g, sign => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)

function readUrl(text: string): URL {
  // URL reads hosts and ports only of protocols that it knows; ftp is one whose default port is none of the others'.
  const known = /^https?:/i.test(text) ? text : asPath(text).replace(/^[A-Za-z][A-Za-z0-9+.-]*:/, 'ftp:')
  // URL takes gsiftp:///path for a host called path.
  const url = /^[^:]+:\/\/\//.test(text) ? null : URL.parse(known)
  if (url === null || url.hostname === '')
    throw unusable(text, 'it names no host', 'Write it as gsiftp://HOST:PORT/PATH.')
  return url
}

/**
 * `gsiftp://host/path` names /path; `gsiftp://host/~/path` begins at the home directory, as Globus programs have it. Line ends
 * and NULs would be commands of their own.
 */
function ftpPath(pathname: string, text: string): string {
  const path = decoded(pathname === '' ? '/' : pathname, text)
  if (/[\r\n\0]/.test(path)) throw unusable(text, 'its path holds a line end', 'No file of an FTP server is called so.')
  return path.replace(/^\/~(?=\/|$)/, '~').replace(/^~$/, '~/')
}

function decoded(part: string, text: string): string {
  try {
    return decodeURIComponent(part)
  } catch (error) {
    throw unusable(text, 'a % in it is not followed by two hexadecimal digits', 'Write % itself as %25.', error)
  }
}

const unusable = (text: string, why: string, hint: string, cause?: unknown): GridwrapError =>
  new GridwrapError('invalid-input', `${JSON.stringify(text.slice(0, 200))} cannot be used: ${why}.`, { hint, cause })
