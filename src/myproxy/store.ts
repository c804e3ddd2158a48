import { MyproxyChannel, type MyproxyServer } from './channel.ts'
import { myproxyCommand, type RequestFields } from './message.ts'

export interface StoreOptions extends Omit<RequestFields, 'lifetime' | 'newPassphrase' | 'passphrase'> {
  /** How long proxies that are fetched may be valid. Default 12. */
  readonly fetchHours?: number
}

/**
 * Leaves a credential with a MyProxy server as it is: certificate and key in PEM, the key still encrypted, so that the
 * server cannot use it. Throws GridwrapError in the server's words.
 */
export async function myproxyStore(server: MyproxyServer, pem: string, options: StoreOptions): Promise<void> {
  const { fetchHours = 12, ...fields } = options
  using channel = await MyproxyChannel.open(server)
  await channel.request(myproxyCommand.store, { ...fields, lifetime: Math.round(fetchHours * 3600) })
  channel.send(Buffer.from(`${pem}\0`, 'latin1'))
  await channel.response()
}
