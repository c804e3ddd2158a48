import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { Agent } from 'node:https'
import { join } from 'node:path'
import { rootCertificates } from 'node:tls'
import type { Command } from 'commander'
import type { Client } from 'soap'
import { didYouMean } from '../../core/did-you-mean.ts'
import { findCredential, trustDirectory } from '../../gsi/find-credential.ts'
import { soapError } from '../foreign-fault.ts'
import { splitWords } from '../input-words.ts'
import { print, UsageError } from '../terminal.ts'

export function addCall(program: Command): void {
  program
    .command('call <wsdl> <operation> [arguments...]')
    .description('call an operation of any SOAP service; its WSDL is read at run time')
    .option('--anonymous', 'without a credential')
    .option('--endpoint <url>', 'another address than the WSDL gives')
    .option('--json', 'answer in JSON, as it always does')
    .addHelpText(
      'after',
      '\nArguments are name=value, or one JSON object.\n\nExample:\n  gridwrap call "https://localhost:8443/services/newstar?wsdl" listInstances',
    )
    .action(
      async (
        wsdl: string,
        operation: string,
        words: readonly string[],
        flags: { readonly anonymous?: boolean; readonly endpoint?: string },
      ) => {
        const client = await open(wsdl, flags).catch((error: unknown) => {
          if (error instanceof Error && /Root element of WSDL was <html>/.test(error.message))
            throw new UsageError(
              `${wsdl} is a page, not a WSDL. Most services have theirs at the address with ?wsdl behind it.`,
            )
          throw soapError(error, wsdl)
        })
        const method: unknown = (client as unknown as Record<string, unknown>)[`${operation}Async`]
        if (typeof method !== 'function') throw new UsageError(unknownOperation(client, operation))
        const answer = (await (method as (args: unknown) => Promise<readonly unknown[]>)
          .call(client, argumentsOf(words))
          .catch((error: unknown) => {
            throw soapError(error, wsdl)
          })) as readonly [unknown]
        print(JSON.stringify(answer[0] ?? {}, undefined, 2))
      },
    )
}

async function open(
  wsdl: string,
  { anonymous, endpoint }: { readonly anonymous?: boolean; readonly endpoint?: string },
): Promise<Client> {
  const tls = anonymous === true ? undefined : findCredential().toTls()
  const ca = authorities(anonymous === true)
  const agent = new Agent({ ...(tls ?? {}), ...(ca === undefined ? {} : { ca }) })
  // Loaded here because it is large, and every other command would pay for it.
  const { ClientSSLSecurity, createClientAsync } = await import('soap')
  const client = await createClientAsync(wsdl, {
    wsdl_options: { httpsAgent: agent },
    ...(endpoint === undefined ? {} : { endpoint }),
  })
  if (tls !== undefined)
    client.setSecurity(
      new ClientSSLSecurity(
        Buffer.from(String(tls.key)),
        Buffer.from(String(tls.cert)),
        ca?.map(text => Buffer.from(text)) ?? [],
      ),
    )
  return client
}

/** The trusted authorities. Without a credential one may call the wide world, too, and have no directory of them. */
function authorities(anonymous: boolean): string[] | undefined {
  const directory = trustDirectory()
  if (anonymous && !existsSync(directory)) return undefined
  const own = readdirSync(directory)
    .filter(name => /^[0-9a-f]{8}\.\d+$/.test(name))
    .map(name => readFileSync(join(directory, name), 'utf8'))
  return anonymous ? [...own, ...rootCertificates] : own
}

function argumentsOf(words: readonly string[]): unknown {
  const [first] = words
  if (first?.startsWith('{') === true && words.length === 1) {
    try {
      return JSON.parse(first)
    } catch (error) {
      throw new UsageError(`The arguments are no JSON: ${(error as Error).message}`)
    }
  }
  const values: Record<string, unknown> = {}
  for (const { name, value } of splitWords(words)) values[name] = name in values ? [values[name], value].flat() : value
  return values
}

function unknownOperation(client: Client, operation: string): string {
  const description = client.describe() as Record<string, Record<string, Record<string, unknown>>>
  const names = [
    ...new Set(
      Object.values(description).flatMap(service => Object.values(service).flatMap(port => Object.keys(port))),
    ),
  ]
  const meant = didYouMean(operation, names)
  return `There is no operation ${operation}.${meant === undefined ? '' : ` Did you mean ${meant}?`} There are: ${names.join(', ')}.`
}
