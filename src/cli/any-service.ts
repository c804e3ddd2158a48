import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { rootCertificates } from 'node:tls'
import { pathToFileURL } from 'node:url'
import { HttpsConnection } from '../client/https-connection.ts'
import { PlainConnection } from '../client/plain-connection.ts'
import { type ConnectOptions, ServiceProxy } from '../client/service-proxy.ts'
import type { Credential } from '../gsi/credential.ts'
import { findCredential, trustDirectory } from '../gsi/find-credential.ts'
import { ContractError } from '../wsdl/contract-error.ts'
import { XmlError } from '../xml/xml-error.ts'
import { rememberedJobs } from './history.ts'
import { containerUrl } from './service-address.ts'
import { UsageError } from './terminal.ts'

export interface AnyServiceFlags {
  readonly anonymous?: boolean
  readonly endpoint?: string
  readonly soap?: string
}

/**
 * Reads the WSDL of any service (an address, a file, or the name of a service at hand), does something with it, and hangs
 * up. Throws errors for people.
 */
export async function withAnyService<T>(
  wsdl: string,
  { anonymous = false, endpoint, soap }: AnyServiceFlags,
  use: (proxy: ServiceProxy) => Promise<T> | T,
): Promise<T> {
  if (endpoint !== undefined && !isAddress(endpoint)) throw new UsageError(noAddress(endpoint))
  if (soap !== undefined && soap !== '1.1' && soap !== '1.2')
    throw new UsageError(`--soap ${soap} is not known: there are 1.1 and 1.2.`)
  const options: ConnectOptions = {
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(soap === undefined ? {} : { soap }),
  }
  const address = await addressOf(wsdl)
  using connection = open(endpoint ?? address, anonymous)
  try {
    return await use(await ServiceProxy.connect(address, connection, options))
  } catch (error) {
    throw forPeople(error, wsdl)
  }
}

const isAddress = (text: string): boolean => /^http[sg]?:\/\//i.test(text)
const noAddress = (text: string): string => `${text} is no address: it must begin with http:, https: or httpg:.`

/** An address, a file, a job that was made from here (its label, its id or the beginning of it, or last), or the name of a service of the container at hand. */
async function addressOf(wsdl: string): Promise<string> {
  if (isAddress(wsdl)) return wsdl
  if (statSync(wsdl, { throwIfNoEntry: false })?.isFile() === true) return pathToFileURL(wsdl).href
  if (/[/.:]/.test(wsdl))
    throw new UsageError(`There is no file ${wsdl}, and an address begins with http:, https: or httpg:.`)
  const job = (await rememberedJobs()).find(
    ({ id, label }, i) => label === wsdl || (wsdl === 'last' && i === 0) || (wsdl.length >= 6 && id.startsWith(wsdl)),
  )
  if (job !== undefined) return job.handle
  return `${containerUrl()}/services/${encodeURIComponent(wsdl)}?wsdl`
}

/** A credential is shown to servers that prove who they are, and to no others. */
function open(wsdl: string, anonymous: boolean): HttpsConnection | PlainConnection {
  const directory = trustDirectory()
  // To read a file nobody needs a credential.
  const credential =
    anonymous || /^http:/i.test(wsdl) ? undefined : /^file:/i.test(wsdl) ? foundOrNone() : findCredential()
  if (credential !== undefined) return new HttpsConnection({ credential, trustDirectory: directory })
  if (!existsSync(directory)) return new PlainConnection()
  const own = readdirSync(directory)
    .filter(name => /^[0-9a-f]{8}\.\d+$/.test(name))
    .map(name => readFileSync(join(directory, name), 'utf8'))
  return new PlainConnection([...own, ...rootCertificates])
}

function foundOrNone(): Credential | undefined {
  try {
    return findCredential()
  } catch {
    return undefined
  }
}

function forPeople(error: unknown, wsdl: string): unknown {
  if (error instanceof ContractError || error instanceof XmlError)
    return new UsageError(
      `${wsdl} cannot be read as a WSDL: ${error.message}.${/^https?:[^?#]*$/i.test(wsdl) ? ' Nor is there one behind ?wsdl.' : ''}`,
    )
  return error
}
