import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import type { Command } from 'commander'
import { GridwrapError } from '../../core/errors.ts'
import { readCredential } from '../../gsi/credential.ts'
import { proxyFile, userCredentialFiles } from '../../gsi/find-credential.ts'
import { createProxy, type ProxyOptions } from '../../gsi/proxy.ts'
import { formatProxyInfo, proxyInfo } from '../../gsi/proxy-info.ts'
import { wholeNumber } from '../option-values.ts'
import { readPassphrase } from '../passphrase.ts'
import { exitCodes, print, say, UsageError } from '../terminal.ts'
import { writePrivately } from '../write-privately.ts'

interface InitOptions {
  readonly hours?: number
  readonly bits?: number
  readonly limited?: boolean
  readonly independent?: boolean
  readonly pathLength?: number
  readonly cert?: string
  readonly key?: string
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
    .option('--bits <n>', 'size of its RSA key', wholeNumber(1024, 8192), 2048)
    .option('--limited', 'a limited proxy: many services start no jobs for it')
    .option('--independent', 'a proxy that has none of your rights')
    .option('--path-length <n>', 'how many proxies may follow', wholeNumber(0, 100))
    .option('--cert <file>', 'your certificate (default $X509_USER_CERT, ~/.globus/usercert.pem)')
    .option('--key <file>', 'your key (default $X509_USER_KEY, ~/.globus/userkey.pem)')
    .option('--pwstdin', 'read the passphrase of the key from standard input')
    .option('--out <file>', 'where to put it')
    .option('--json', 'answer in JSON')
    .addHelpText('after', '\nExample:\n  gridwrap proxy init --hours 24')
    .action(async (options: InitOptions) => {
      const files = userCredentialFiles()
      const source = { file: options.cert ?? files.file, keyFile: options.key ?? files.keyFile }
      for (const path of [source.file, source.keyFile])
        requireFile(path, 'Name your certificate and key with --cert and --key.')
      const passphrase = await readPassphrase(source.keyFile, options.pwstdin === true)
      const issuer = readCredential({ ...source, ...(passphrase === undefined ? {} : { passphrase }) })
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
      const info = proxyInfo(readCredential({ file: path }), path)
      print(options.json === true ? JSON.stringify(info) : formatProxyInfo(info))
      if (info.timeleft === 0) process.exitCode = exitCodes.denied
    })
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
