import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import type { Command } from 'commander'
import { wallClock } from '../../core/clock.ts'
import { GridwrapError } from '../../core/errors.ts'
import { ChainRejection } from '../../gsi/chain-rejection.ts'
import { type Credential, readCredential } from '../../gsi/credential.ts'
import { proxyFile, trustDirectory, userCredentialFiles } from '../../gsi/find-credential.ts'
import { validatePath } from '../../gsi/path-validation.ts'
import { createProxy, type ProxyOptions } from '../../gsi/proxy.ts'
import { proxyGenerations } from '../../gsi/proxy-generation.ts'
import { formatProxyInfo, proxyInfo } from '../../gsi/proxy-info.ts'
import { openTrustStore } from '../../gsi/trust-store.ts'
import { verifyAttributes } from '../../gsi/voms/verify-attributes.ts'
import { VomsDirectory } from '../../gsi/voms/voms-directory.ts'
import { writePrivately } from '../../gsi/write-privately.ts'
import { wholeNumber } from '../option-values.ts'
import { askSecret, readPassphrase, SecretLines } from '../passphrase.ts'
import { exitCodes, print, say, UsageError } from '../terminal.ts'

interface InitOptions {
  readonly hours?: number
  readonly bits?: number
  readonly limited?: boolean
  readonly independent?: boolean
  readonly pathLength?: number
  readonly cert?: string
  readonly key?: string
  readonly p12?: string
  readonly pwstdin?: boolean
  readonly out?: string
  readonly json?: boolean
}

export function addProxy(program: Command): void {
  const proxy = program
    .command('proxy')
    .description('the short-lived credential with which you call services (RFC 3820)')
    .addHelpText('after', '\nExample:\n  gridwrap proxy init && gridwrap proxy info')
  proxy
    .command('init')
    .description('make a proxy of your certificate; by custom in $X509_USER_PROXY, else /tmp/x509up_u<uid>')
    .option('--hours <n>', 'lifetime', wholeNumber(1, 100_000), 12)
    .option('--bits <n>', 'size of its RSA key; OpenSSL takes none below 2048', wholeNumber(2048, 8192), 2048)
    .option('--limited', 'a limited proxy: many services start no jobs for it')
    .option('--independent', 'a proxy that has none of your rights')
    .option('--path-length <n>', 'how many proxies may follow', wholeNumber(0, 100))
    .option('--cert <file>', 'your certificate (default $X509_USER_CERT, ~/.globus/usercert.pem)')
    .option('--key <file>', 'your key (default $X509_USER_KEY, ~/.globus/userkey.pem)')
    .option('--p12 <file>', 'your certificate and key in one PKCS#12 file (.p12, .pfx), as browsers export them')
    .option('--pwstdin', 'read the passphrase of the key from standard input')
    .option('--out <file>', 'where to put it')
    .option('--json', 'answer in JSON')
    .addHelpText('after', '\nExample:\n  gridwrap proxy init --hours 24')
    .action(async (options: InitOptions) => {
      const issuer = await readIssuer(options)
      const made = await createProxy(issuer, proxyOptions(options))
      const file = options.out ?? proxyFile()
      await writePrivately(file, made.toPem())
      const subject = issuer.certificate.subject.slash
      const expires = new Date(made.expires).toISOString()
      if (options.json === true) return print(JSON.stringify({ file, subject, expires }))
      say(`Made a proxy for ${subject}, valid until ${expires}:`)
      print(file)
    })
  proxy
    .command('info [file]')
    .description('what a proxy says, and whether it is still good')
    .option('--json', 'answer in JSON')
    .addHelpText('after', '\nExample:\n  gridwrap proxy info --json')
    .action((file: string | undefined, options: { json?: boolean }) => {
      const path = file ?? proxyFile()
      requireFile(path, 'gridwrap proxy init makes one.')
      const credential = readCredential({ file: path })
      const info = proxyInfo(credential, path)
      const { trust, attributes } = judge(credential)
      print(
        options.json === true
          ? JSON.stringify({ ...info, trust, attributes })
          : [
              formatProxyInfo(info).trimEnd(),
              ...attributes.map(line => `vo       : ${line}`),
              `trust    : ${trust}`,
              '',
            ].join('\n'),
      )
      if (info.timeleft === 0 || info.problems.length > 0) process.exitCode = exitCodes.denied
    })
  proxy
    .command('export [file]')
    .description('write a proxy, or your certificate and key, as PKCS#12')
    .requiredOption('--p12 <file>', 'the file to make')
    .option('--legacy', 'with the old ciphers that Mono and old Java read (Triple-DES, SHA-1)')
    .option('--name <name>', 'what programs show it as', 'gridwrap')
    .option('--cert <file>', 'your certificate, instead of a proxy')
    .option('--key <file>', 'your key')
    .option(
      '--pwstdin',
      'read passphrases from standard input, a line each: of the key (when it is encrypted), then of the new file',
    )
    .option('--json', 'answer in JSON')
    .addHelpText('after', '\nExample:\n  gridwrap proxy export --p12 proxy.p12')
    .action(exportPkcs12)
  proxy
    .command('destroy [file]')
    .description('remove a proxy')
    .option('--json', 'answer in JSON')
    .addHelpText('after', '\nExample:\n  gridwrap proxy destroy')
    .action(async (file: string | undefined, options: { json?: boolean }) => {
      const path = file ?? proxyFile()
      await rm(path).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error
        throw new GridwrapError('not-found', `There is no proxy ${path}.`)
      })
      if (options.json === true) print(JSON.stringify({ removed: path }))
      else say(`Removed ${path}.`)
    })
}

function requireFile(path: string, hint: string): void {
  if (!existsSync(path)) throw new GridwrapError('credential-problem', `There is no file ${path}.`, { hint })
}

function proxyOptions({
  hours,
  bits,
  limited,
  independent,
  pathLength,
}: InitOptions): ProxyOptions & { bits?: number } {
  if (limited === true && independent === true) throw new UsageError('A proxy is limited or independent, not both.')
  const kind = limited === true ? 'limited' : independent === true ? 'independent' : undefined
  return {
    ...(hours === undefined ? {} : { hours }),
    ...(bits === undefined ? {} : { bits }),
    ...(kind === undefined ? {} : { kind }),
    ...(pathLength === undefined ? {} : { pathLength }),
  }
}

/** The long-lived credential that a proxy is made of: PEM files, or one PKCS#12 file. */
async function readIssuer({ cert, key, p12, pwstdin }: InitOptions): Promise<Credential> {
  const lines = new SecretLines(pwstdin === true)
  if (p12 !== undefined) {
    requireFile(p12, 'Name your PKCS#12 file with --p12.')
    const { readPkcs12 } = await import('../../gsi/pkcs12-reader.ts')
    return readPkcs12(p12, await askSecret(`Passphrase of ${p12}: `, lines))
  }
  const files = userCredentialFiles()
  const source = { file: cert ?? files.file, keyFile: key ?? files.keyFile }
  for (const path of [source.file, source.keyFile])
    requireFile(path, 'Name your certificate and key with --cert and --key.')
  const passphrase = await readPassphrase(source.keyFile, pwstdin === true, lines)
  return readCredential({ ...source, ...(passphrase === undefined ? {} : { passphrase }) })
}

interface ExportOptions extends Pick<InitOptions, 'cert' | 'key' | 'pwstdin' | 'json'> {
  readonly p12: string
  readonly legacy?: boolean
  readonly name: string
}

async function exportPkcs12(file: string | undefined, options: ExportOptions): Promise<void> {
  const lines = new SecretLines(options.pwstdin === true)
  const path = options.cert ?? file ?? proxyFile()
  requireFile(path, 'gridwrap proxy init makes a proxy.')
  const keyFile = options.key ?? path
  const keyPassphrase = await readPassphrase(keyFile, options.pwstdin === true, lines)
  const credential = readCredential({
    ...{ file: path, keyFile },
    ...(keyPassphrase === undefined ? {} : { passphrase: keyPassphrase }),
  })
  const passphrase = await askSecret(`New passphrase for ${options.p12}: `, lines)
  if (passphrase === '') throw new UsageError('A PKCS#12 file needs a passphrase: it holds a private key.')
  const { writePkcs12 } = await import('../../gsi/pkcs12-writer.ts')
  await writePrivately(
    options.p12,
    writePkcs12(credential, passphrase, { name: options.name, legacy: options.legacy === true }),
  )
  if (options.json === true) print(JSON.stringify({ file: options.p12 }))
  else print(options.p12)
}

/** Whether somebody who trusts what is trusted here would believe it, and what VOs say of its bearer. */
function judge(credential: Credential): { readonly trust: string; readonly attributes: readonly string[] } {
  const directory = trustDirectory()
  if (!existsSync(directory)) return { trust: `not judged: there is no ${directory}`, attributes: [] }
  const trust = openTrustStore(directory).current()
  const path = { now: wallClock(), proxies: proxyGenerations }
  try {
    const chain = credential.certificates.map(one => one.der)
    const validated = validatePath(chain, trust, path)
    const vomsdir = process.env['X509_VOMS_DIR'] ?? '/etc/grid-security/vomsdir'
    const settings = { directory: new VomsDirectory(vomsdir), trust, path, hosts: [] }
    const { fqans, problems } = verifyAttributes(validated.path, validated.endEntity, settings)
    return { trust: `${validated.identity.subject} is believed here`, attributes: [...fqans, ...problems] }
  } catch (error) {
    if (!(error instanceof ChainRejection)) throw error
    return { trust: `not believed here: ${error.message}`, attributes: [] }
  }
}
