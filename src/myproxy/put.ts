import { readProxyRequest } from '../gsi/certificate-request.ts'
import type { Credential } from '../gsi/credential.ts'
import { signProxy } from '../gsi/proxy.ts'
import { MyproxyChannel, type MyproxyServer } from './channel.ts'
import { myproxyCommand, type RequestFields } from './message.ts'
import { receiveDer } from './receive-der.ts'

export interface PutOptions extends Omit<RequestFields, 'lifetime' | 'newPassphrase' | 'keyRetriever'> {
  /** How long the credential that is left there is valid. Default 168 (a week). */
  readonly hours?: number
  /** How long proxies that are fetched may be valid. Default 12. */
  readonly fetchHours?: number
}

/**
 * Leaves a credential with a MyProxy server by delegation: the server makes a key, and gets a proxy of `issuer` for it.
 * Throws GridwrapError in the server's words.
 */
export async function myproxyPut(server: MyproxyServer, issuer: Credential, options: PutOptions): Promise<Date> {
  const { hours = 168, fetchHours = 12, ...fields } = options
  using channel = await MyproxyChannel.open({ ...server, credential: server.credential ?? issuer })
  await channel.request(myproxyCommand.put, { ...fields, lifetime: Math.round(fetchHours * 3600) })
  const proxy = signProxy(issuer, readProxyRequest(await receiveDer(channel)), { hours })
  const chain = [proxy, ...issuer.certificates].map(one => one.der)
  channel.send(Buffer.concat([Buffer.from([chain.length]), ...chain]))
  await channel.response()
  return new Date(proxy.notAfter)
}
