import { GridwrapError } from '../core/errors.ts'

/** Commands of the MyProxy protocol, version 2 (GFD.54 and the MyProxy server's own documentation). */
export const myproxyCommand = {
  get: 0,
  put: 1,
  info: 2,
  destroy: 3,
  changePassphrase: 4,
  store: 5,
  retrieve: 6,
} as const

/** What a request may say beside its command. */
export interface RequestFields {
  readonly username: string
  readonly passphrase?: string
  readonly newPassphrase?: string
  /** Seconds. */
  readonly lifetime?: number
  /** Which of several credentials of the same user. */
  readonly name?: string
  readonly description?: string
  /** Who may fetch, renew, fetch without a passphrase, or fetch the key: distinguished names, `*` for anything. */
  readonly retriever?: string
  readonly renewer?: string
  readonly trustedRetriever?: string
  readonly keyRetriever?: string
}

/** A credential as a server describes it; times in milliseconds since the epoch. */
export interface StoredCredential {
  readonly name: string | undefined
  readonly owner: string | undefined
  readonly description: string | undefined
  readonly start: number | undefined
  readonly end: number | undefined
  readonly retriever: string | undefined
  readonly renewer: string | undefined
  /** Why it is locked; undefined when it is not. */
  readonly locked: string | undefined
}

export interface Response {
  readonly kind: 'ok' | 'error' | 'authorization'
  /** The server's own words; empty when it has none. */
  readonly errors: readonly string[]
  /** Ways to prove one's right, by method, with the text that belongs to each. */
  readonly challenges: ReadonlyMap<string, string>
  readonly credentials: readonly StoredCredential[]
}

/** The longest response that is read, in octets. */
export const maximumResponse = 1_048_576

const version = 'MYPROXYv2'

/** A request as it goes over the wire: lines, and a NUL. Throws GridwrapError for a value that would be two lines. */
export function writeRequest(command: number, fields: RequestFields): Buffer {
  const lines: readonly (readonly [string, string | undefined])[] = [
    ['VERSION', version],
    ['COMMAND', String(command)],
    ['USERNAME', fields.username],
    ['PASSPHRASE', fields.passphrase ?? ''],
    ['NEW_PHRASE', fields.newPassphrase],
    ['LIFETIME', String(fields.lifetime ?? 0)],
    ['RETRIEVER', fields.retriever],
    ['RENEWER', fields.renewer],
    ['CRED_NAME', fields.name],
    ['CRED_DESC', fields.description],
    ['KEYRETRIEVERS', fields.keyRetriever],
    ['RETRIEVER_TRUSTED', fields.trustedRetriever],
  ]
  const text = lines
    .flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${oneLine(key, value)}\n`]))
    .join('')
  return Buffer.from(`${text}\0`, 'utf8')
}

function oneLine(key: string, value: string): string {
  if (!/[\n\r\0]/.test(value)) return value
  // The value may be a passphrase: it is not shown.
  throw new GridwrapError('invalid-input', `${key} of a MyProxy request has a line break or a NUL in it.`, {
    hint: 'Leave it out: a request is lines of text.',
  })
}

const kinds: Readonly<Record<string, Response['kind']>> = { '0': 'ok', '1': 'error', '2': 'authorization' }

/** Reads a response, without its NUL. Throws an Error when it is none of this protocol. */
export function parseResponse(bytes: Uint8Array): Response {
  if (bytes.length > maximumResponse) throw new Error(`A MyProxy response of ${bytes.length} bytes is too long.`)
  const values = new Map<string, string[]>()
  for (const line of Buffer.from(bytes).toString('utf8').split('\n')) {
    const at = line.indexOf('=')
    if (at > 0) values.set(line.slice(0, at), [...(values.get(line.slice(0, at)) ?? []), line.slice(at + 1)])
  }
  const kind = kinds[values.get('RESPONSE')?.[0] ?? '']
  if (values.get('VERSION')?.[0] !== version || kind === undefined)
    throw new Error(`This is no MyProxy server of protocol ${version}.`)
  return {
    kind,
    errors: values.get('ERROR') ?? [],
    challenges: new Map(
      (values.get('AUTHORIZATION_DATA') ?? []).map(text => {
        const at = text.indexOf(':')
        return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
      }),
    ),
    credentials: storedCredentials(key => values.get(key)?.[0]),
  }
}

const mostNames = 1000

function storedCredentials(find: (key: string) => string | undefined): StoredCredential[] {
  const one = (prefix: string, name: string | undefined): StoredCredential => ({
    name: name ?? find(`${prefix}NAME`),
    owner: find(`${prefix}OWNER`) ?? find('CRED_OWNER'),
    description: find(`${prefix}DESC`),
    start: time(find(`${prefix}START_TIME`)),
    end: time(find(`${prefix}END_TIME`)),
    retriever: find(`${prefix}RETRIEVER`),
    renewer: find(`${prefix}RENEWER`),
    locked: find(`${prefix}LOCKMSG`),
  })
  const others = (find('ADDL_CREDS') ?? '').split(',').filter(Boolean).slice(0, mostNames)
  return [
    ...(find('CRED_START_TIME') === undefined ? [] : [one('CRED_', undefined)]),
    ...others.map(name => one(`CRED_${name}_`, name)),
  ]
}

const time = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,12}$/.test(text) ? Number(text) * 1000 : undefined
