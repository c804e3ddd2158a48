import { readFileSync } from 'node:fs'
import { InvalidArgumentError, Option } from 'commander'
import { GridwrapError } from '../core/errors.ts'
import { parseSize } from '../core/quantities.ts'
import { findCredential, trustDirectory } from '../gsi/find-credential.ts'
import { openTrustStore, type TrustStore } from '../gsi/trust-store.ts'
import type { Access } from '../transfer/access.ts'
import { say } from './terminal.ts'

/** Options of everything that speaks to servers of files. */
export interface AccessFlags {
  readonly parallel?: number
  readonly fast?: boolean
  readonly tcpBuffer?: number
  readonly protect?: 'clear' | 'safe' | 'private'
  readonly dataAuthentication?: boolean
  readonly active?: boolean
  readonly delegate?: 'none' | 'limited' | 'full'
  readonly serverSubject?: readonly string[]
  readonly tokenFile?: string
  readonly debug?: boolean
  readonly timeout?: number
}

/** Adds {@link AccessFlags} to a command. */
export const accessOptions = (): Option[] => [
  new Option('-p, --parallel <n>', 'connections at once for each file (GridFTP)').argParser(countOf(1, 64)),
  new Option('--fast', 'use data connections again for the next file; the server connects to this machine (GridFTP)'),
  new Option('--protect <how>', 'what travels between GridFTP servers and clients').choices([
    'clear',
    'safe',
    'private',
  ]),
  new Option('--active', 'let servers connect to this machine for data, where it cannot connect to them'),
  new Option('--no-active').hideHelp(),
  new Option('--no-fast').hideHelp(),
  new Option('--data-authentication').hideHelp(),
  new Option('--no-data-authentication', 'do not authenticate data connections (GridFTP, DCAU N)'),
  new Option('--delegate <kind>', 'what a GridFTP server gets of your credential').choices(['none', 'limited', 'full']),
  new Option(
    '--server-subject <dn>',
    'the name that GridFTP servers must have, where it is not their host’s; HOST[:PORT]=DN for one of them; may be said again',
  ).argParser(addSubject),
  new Option('--tcp-buffer <size>', 'TCP buffers of GridFTP servers, as 4MiB').argParser(sizeOf),
  new Option('--token-file <file>', 'a bearer token for https (default: BEARER_TOKEN, BEARER_TOKEN_FILE)'),
  new Option('--timeout <seconds>', 'how long a server may be silent').argParser(countOf(1, 86_400)),
  new Option('--debug', 'show the dialog with GridFTP servers'),
]

/** Who one is, and on which terms, by the flags and the environment. Nothing is read before it is needed. */
export function accessOf(flags: AccessFlags): Access {
  let trust: TrustStore | undefined
  const idle = flags.timeout === undefined ? {} : { idleTimeoutMs: flags.timeout * 1000 }
  return {
    credential: () => findCredential(),
    trust: () => (trust ??= openTrust()),
    token: bearerToken(flags.tokenFile),
    ...idle,
    gridftp: {
      ...(flags.parallel === undefined ? {} : { streams: flags.parallel }),
      ...(flags.fast === true ? { extended: true } : {}),
      ...(flags.active === true ? { active: true } : {}),
      ...(flags.protect === undefined ? {} : { protection: flags.protect }),
      ...(flags.dataAuthentication === false ? { dataAuthentication: 'none' } : {}),
      ...(flags.delegate === undefined ? {} : { delegation: flags.delegate }),
      tcpBuffer: flags.tcpBuffer,
      serverSubjects: flags.serverSubject?.map(subjectFor),
      ...(flags.debug === true
        ? {
            listener: {
              onCommand: line => say(`> ${line}`),
              onReply: ({ code, lines }) => say(`< ${code} ${lines.join('\n<     ')}`),
            },
          }
        : {}),
    },
  }
}

function openTrust(): TrustStore {
  try {
    return openTrustStore(trustDirectory())
  } catch {
    throw new GridwrapError('credential-problem', `There is no directory of trusted authorities ${trustDirectory()}.`, {
      hint: 'Set X509_CERT_DIR to the one that your site gives out.',
    })
  }
}

/** WLCG bearer token discovery: the variable, else the file that a variable names. */
function bearerToken(file: string | undefined): string | undefined {
  const { BEARER_TOKEN: token, BEARER_TOKEN_FILE: named } = process.env
  const from = file ?? (token === undefined ? named : undefined)
  const text = (from === undefined ? token : readFileSync(from, 'utf8'))?.trim()
  if (text === undefined || text === '') return undefined
  if (/[\u0000-\u0020\u007f-\uffff]/.test(text))
    throw new GridwrapError('invalid-input', 'The bearer token is none: it holds blanks.')
  return text
}

const ofServer = /^(?:([^/=]+)=)?(\/.+)$/s

function addSubject(text: string, before: readonly string[] = []): readonly string[] {
  if (!ofServer.test(text))
    throw new InvalidArgumentError('It is a name as /DC=org/CN=Ada, or for one server data.example.org=/DC=org/CN=Ada.')
  return [...before, text]
}

function subjectFor(text: string): { readonly host?: string; readonly subject: string } {
  const [, host, subject = text] = ofServer.exec(text) ?? []
  return host === undefined ? { subject } : { host, subject }
}

/** A whole number between two. */
export const countOf =
  (least: number, most: number) =>
  (text: string): number => {
    const count = Number(text)
    if (!/^\d{1,9}$/.test(text) || count < least || count > most)
      throw new InvalidArgumentError(`It is a whole number from ${least} to ${most}.`)
    return count
  }

function sizeOf(text: string): number {
  const size = /^\d{1,12}$/.test(text) ? Number(text) : parseSize(text)
  if (size === undefined || size < 1024 || size > 2 ** 30)
    throw new InvalidArgumentError('It is a size from 1KiB to 1GiB.')
  return size
}
