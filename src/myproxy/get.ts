import { generateKeyPair } from 'node:crypto'
import { promisify } from 'node:util'
import { parseCertificate } from '../gsi/certificate.ts'
import { writeProxyRequest } from '../gsi/certificate-request.ts'
import { type Credential, makeCredential } from '../gsi/credential.ts'
import { MyproxyChannel, type MyproxyServer } from './channel.ts'
import { myproxyCommand } from './message.ts'
import { receiveDer } from './receive-der.ts'

const makeKeyPair = promisify(generateKeyPair)
const mostCertificates = 32

export interface GetOptions {
  readonly username: string
  /** Empty for trusted retrievers, and when a credential is renewed. */
  readonly passphrase?: string
  /** Of the proxy that is fetched. Default 12. */
  readonly hours?: number
  readonly name?: string
  /** The credential that is to be renewed. */
  readonly renew?: Credential
  /** Of its RSA key. Default 2048. */
  readonly bits?: number
}

/**
 * Fetches a proxy of a credential that a MyProxy server keeps, with a key made here. By passphrase, as a trusted
 * retriever, or, with `renew`, as a renewer. Throws GridwrapError in the server's words.
 */
export async function myproxyGet(server: MyproxyServer, options: GetOptions): Promise<Credential> {
  const { username, passphrase, name, hours = 12, renew, bits = 2048 } = options
  const { privateKey } = await makeKeyPair('rsa', { modulusLength: bits })
  using channel = await MyproxyChannel.open(server)
  const fields = { username, passphrase: passphrase ?? '', lifetime: Math.round(hours * 3600) }
  await channel.request(myproxyCommand.get, name === undefined ? fields : { ...fields, name }, renew)
  channel.send(writeProxyRequest(privateKey))
  const certificates = await receiveCertificates(channel)
  await channel.response()
  return makeCredential(privateKey, certificates.map(parseCertificate), `What ${server.host} sent`)
}

/** An octet that says how many, and so many certificates one behind the other; the server may think otherwise and send an error. */
async function receiveCertificates(channel: MyproxyChannel): Promise<readonly Buffer[]> {
  if (await channel.isResponseNext()) await channel.response()
  const [count = 0] = await channel.bytes(1)
  if (count === 0 || count > mostCertificates) throw new Error(`The MyProxy server sends ${count} certificates.`)
  const certificates: Buffer[] = []
  while (certificates.length < count) certificates.push(await receiveDer(channel))
  return certificates
}
