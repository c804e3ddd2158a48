import { readFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import type { Command } from 'commander'
import { connectionError, Unreachable } from '../../core/connection-error.ts'
import { GridwrapError } from '../../core/errors.ts'
import { type Credential, readCredential } from '../../gsi/credential.ts'
import { findCredential, proxyFile, trustDirectory, userCredentialFiles } from '../../gsi/find-credential.ts'
import { endEntityOf } from '../../gsi/proxy-generation.ts'
import { openTrustStore } from '../../gsi/trust-store.ts'
import { writePrivately } from '../../gsi/write-privately.ts'
import { myproxyChangePassphrase } from '../../myproxy/change-passphrase.ts'
import type { MyproxyServer } from '../../myproxy/channel.ts'
import { myproxyDestroy } from '../../myproxy/destroy.ts'
import { myproxyGet } from '../../myproxy/get.ts'
import { myproxyInfo } from '../../myproxy/info.ts'
import type { StoredCredential } from '../../myproxy/message.ts'
import { myproxyPut } from '../../myproxy/put.ts'
import { myproxyRetrieve } from '../../myproxy/retrieve.ts'
import { myproxyAddress } from '../../myproxy/server-address.ts'
import { myproxyStore } from '../../myproxy/store.ts'
import { wholeNumber } from '../option-values.ts'
import { askSecret, readPassphrase, SecretLines } from '../passphrase.ts'
import { print, say, UsageError } from '../terminal.ts'

interface Common {
  readonly server?: string
  readonly username?: string
  readonly dnAsUsername?: boolean
  readonly name?: string
  readonly pwstdin?: boolean
  readonly json?: boolean
}

interface Policies {
  readonly retriever?: string
  readonly renewer?: string
  readonly trustedRetriever?: string
  readonly keyRetriever?: string
}

const command = (parent: Command, name: string, does: string, example: string): Command =>
  parent
    .command(name)
    .description(does)
    .option('-s, --server <host[:port]>', 'the MyProxy server (default $MYPROXY_SERVER, port 7512)')
    .option('-l, --username <name>', 'whose credential (default: your login name)')
    .option('-d, --dn-as-username', 'your distinguished name is the user name')
    .option('-k, --name <name>', 'which, when there are several')
    .option('--json', 'answer in JSON')
    .addHelpText('after', `\nExample:\n  gridwrap myproxy ${example}`)

const withPolicies = (made: Command): Command =>
  made
    .option('--retriever <dn>', 'who may fetch proxies; * stands for anything')
    .option('--renewer <dn>', 'who may renew proxies that they have')
    .option('--trusted-retriever <dn>', 'who may fetch proxies without the passphrase')

export function addMyproxy(program: Command): void {
  const myproxy = program
    .command('myproxy')
    .description('credentials that are kept by a MyProxy server')
    .addHelpText(
      'after',
      '\nExample:\n  gridwrap myproxy put --server myproxy.example.org && gridwrap myproxy get --server myproxy.example.org',
    )
  withPolicies(
    command(
      myproxy,
      'put',
      'leave a proxy of your certificate there, to fetch proxies of it from anywhere',
      'put -s myproxy.example.org --hours 168',
    ),
  )
    .option('--hours <n>', 'how long what is left there is valid', wholeNumber(1, 100_000), 168)
    .option('--fetch-hours <n>', 'how long proxies that are fetched may be valid', wholeNumber(1, 100_000), 12)
    .option('-n, --no-passphrase', 'without a passphrase: for renewers and trusted retrievers alone')
    .option(
      '--pwstdin',
      'read the passphrases from standard input, a line each: of your key (when it is encrypted), then of what is put there',
    )
    .action(reaching(put))
  command(myproxy, 'get', 'fetch a proxy', 'get -s myproxy.example.org --hours 12')
    .option('--hours <n>', 'how long it is to be valid', wholeNumber(1, 100_000), 12)
    .option('-n, --no-passphrase', 'as a trusted retriever')
    .option('--renew <file>', 'as a renewer: the proxy that is to be renewed')
    .option('--out <file>', 'where to put it (default: where proxies are kept)')
    .option('--pwstdin', 'read the passphrase from standard input')
    .action(reaching(get))
  command(myproxy, 'info', 'what it keeps of yours', 'info -s myproxy.example.org').action(reaching(info))
  command(myproxy, 'destroy', 'have it forget a credential', 'destroy -s myproxy.example.org').action(reaching(destroy))
  command(
    myproxy,
    'change-passphrase',
    'change the passphrase of a credential',
    'change-passphrase -s myproxy.example.org',
  )
    .option('--pwstdin', 'read the old and the new passphrase from standard input, a line each')
    .action(reaching(changePassphrase))
  withPolicies(
    command(
      myproxy,
      'store',
      'leave your certificate and encrypted key there as they are',
      'store -s myproxy.example.org',
    ),
  )
    .option('--key-retriever <dn>', 'who may fetch the key', '*')
    .option('--fetch-hours <n>', 'how long proxies that are fetched may be valid', wholeNumber(1, 100_000), 12)
    .option('--cert <file>', 'your certificate')
    .option('--key <file>', 'your key')
    .action(reaching(store))
  command(
    myproxy,
    'retrieve',
    'fetch a certificate and encrypted key that were stored',
    'retrieve -s myproxy.example.org --out mine.pem',
  )
    .requiredOption('--out <file>', 'where to put them')
    .option('--pwstdin', 'read the passphrase from standard input')
    .action(reaching(retrieve))
}

/** A server that is not reached is said to be that. */
const reaching =
  <Flags extends Common>(work: (flags: Flags) => Promise<void>) =>
  (flags: Flags): Promise<void> =>
    work(flags).catch((error: unknown) => {
      const reason = connectionError(error, `The MyProxy server ${flags.server ?? process.env['MYPROXY_SERVER'] ?? ''}`)
      throw reason instanceof Unreachable
        ? new GridwrapError('busy', reason.message, {
            hint: 'Name it with --server, or in MYPROXY_SERVER.',
            cause: error,
          })
        : reason
    })

const open = ({ server }: Common, credential?: Credential): MyproxyServer => ({
  ...myproxyAddress(server),
  trust: openTrustStore(trustDirectory()),
  credential,
})

function userOf({ username, dnAsUsername }: Common, credential: Credential | undefined): string {
  if (dnAsUsername !== true) return username ?? process.env['LOGNAME'] ?? userInfo().username
  const named = credential && endEntityOf(credential.certificates)
  if (username !== undefined || named === undefined)
    throw new UsageError(
      username === undefined
        ? 'There is no credential whose name could be the user name.'
        : 'A user name is given or that of your certificate, not both.',
    )
  return named.subject.slash
}

const nameOf = ({ name }: Common): { name?: string } => (name === undefined ? {} : { name })

const policiesOf = ({ retriever, renewer, trustedRetriever, keyRetriever }: Policies): Policies => ({
  ...(retriever === undefined ? {} : { retriever }),
  ...(renewer === undefined ? {} : { renewer }),
  ...(trustedRetriever === undefined ? {} : { trustedRetriever }),
  ...(keyRetriever === undefined ? {} : { keyRetriever }),
})

type PutFlags = Common &
  Policies & { readonly hours: number; readonly fetchHours: number; readonly passphrase: boolean }

async function put(flags: PutFlags): Promise<void> {
  const lines = new SecretLines(flags.pwstdin === true)
  const files = userCredentialFiles()
  const keyPassphrase = await readPassphrase(files.keyFile, flags.pwstdin === true, lines)
  const issuer = readCredential({ ...files, ...(keyPassphrase === undefined ? {} : { passphrase: keyPassphrase }) })
  const username = userOf(flags, issuer)
  const passphrase = flags.passphrase ? await askSecret('MyProxy passphrase (6 characters or more): ', lines) : ''
  const until = await myproxyPut(open(flags, issuer), issuer, {
    ...{ username, passphrase, hours: flags.hours, fetchHours: flags.fetchHours },
    ...nameOf(flags),
    ...policiesOf(flags),
  })
  if (flags.json === true) print(JSON.stringify({ username, until }))
  else say(`Left for ${username}, valid until ${until.toISOString()}.`)
}

type GetFlags = Common & {
  readonly hours: number
  readonly passphrase: boolean
  readonly renew?: string
  readonly out?: string
}

async function get(flags: GetFlags): Promise<void> {
  const renew = flags.renew === undefined ? undefined : readCredential({ file: flags.renew })
  const own = flags.passphrase && renew === undefined ? undefined : findCredential()
  const username = userOf(flags, renew ?? own ?? (flags.dnAsUsername === true ? findCredential() : undefined))
  const passphrase =
    own === undefined ? await askSecret('MyProxy passphrase: ', new SecretLines(flags.pwstdin === true)) : ''
  const made = await myproxyGet(open(flags, own), {
    ...{ username, passphrase, hours: flags.hours },
    ...nameOf(flags),
    ...(renew === undefined ? {} : { renew }),
  })
  const file = flags.out ?? proxyFile()
  await writePrivately(file, made.toPem())
  const expires = new Date(made.expires).toISOString()
  const subject = made.certificate.subject.slash
  if (flags.json === true) return print(JSON.stringify({ file, subject, expires }))
  say(`Fetched a proxy of ${subject}, valid until ${expires}:`)
  print(file)
}

async function info(flags: Common): Promise<void> {
  const credential = findCredential()
  const username = userOf(flags, credential)
  const found = await myproxyInfo(open(flags, credential), { username })
  if (flags.json === true) return print(JSON.stringify(found.map(withDates)))
  for (const one of found) print(describe(one, username))
}

const withDates = ({ start, end, ...rest }: StoredCredential): object => ({
  ...rest,
  start: start === undefined ? undefined : new Date(start),
  end: end === undefined ? undefined : new Date(end),
})

const describe = (
  { name, owner, description, end, retriever, renewer, locked }: StoredCredential,
  username: string,
): string =>
  [
    `username : ${username}${name === undefined ? '' : `\n  name     : ${name}`}`,
    `owner    : ${owner ?? 'unknown'}`,
    ...(description === undefined ? [] : [`about    : ${description}`]),
    ...(retriever === undefined ? [] : [`fetched by : ${retriever}`]),
    ...(renewer === undefined ? [] : [`renewed by : ${renewer}`]),
    ...(locked === undefined ? [] : [`locked   : ${locked}`]),
    `until    : ${end === undefined ? 'unknown' : new Date(end).toISOString()}`,
  ].join('\n  ')

async function destroy(flags: Common): Promise<void> {
  const credential = findCredential()
  const username = userOf(flags, credential)
  await myproxyDestroy(open(flags, credential), { username, ...nameOf(flags) })
  if (flags.json === true) print(JSON.stringify({ destroyed: username }))
  else say(`The credential of ${username} is gone.`)
}

async function changePassphrase(flags: Common): Promise<void> {
  const lines = new SecretLines(flags.pwstdin === true)
  const credential = findCredential()
  const username = userOf(flags, credential)
  const passphrase = await askSecret('Old MyProxy passphrase: ', lines)
  const newPassphrase = await askSecret('New MyProxy passphrase (6 characters or more): ', lines)
  await myproxyChangePassphrase(open(flags, credential), { username, passphrase, newPassphrase, ...nameOf(flags) })
  if (flags.json === true) print(JSON.stringify({ changed: username }))
  else say(`The passphrase of ${username} is changed.`)
}

type StoreFlags = Common & Policies & { readonly fetchHours: number; readonly cert?: string; readonly key?: string }

async function store(flags: StoreFlags): Promise<void> {
  const files = userCredentialFiles()
  const [certificate, key] = [flags.cert ?? files.file, flags.key ?? files.keyFile].map(file =>
    readFileSync(file, 'latin1'),
  )
  if (!/ENCRYPTED/.test(key ?? ''))
    throw new UsageError(
      'The key is not encrypted; a server that keeps it could use it. Encrypt it: openssl rsa -aes256 -in KEY -out NEW',
    )
  const credential = findCredential()
  const username = userOf(flags, credential)
  await myproxyStore(open(flags, credential), `${certificate ?? ''}${key ?? ''}`, {
    ...{ username, fetchHours: flags.fetchHours },
    ...nameOf(flags),
    ...policiesOf(flags),
  })
  if (flags.json === true) print(JSON.stringify({ username }))
  else say(`Stored for ${username}.`)
}

async function retrieve(flags: Common & { readonly out: string }): Promise<void> {
  const credential = findCredential()
  const username = userOf(flags, credential)
  const passphrase = await askSecret('Passphrase of the key: ', new SecretLines(flags.pwstdin === true))
  const pem = await myproxyRetrieve(open(flags, credential), { username, passphrase, ...nameOf(flags) })
  await writePrivately(flags.out, pem)
  if (flags.json === true) print(JSON.stringify({ file: flags.out }))
  else print(flags.out)
}
