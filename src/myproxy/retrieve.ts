import { MyproxyChannel, type MyproxyServer } from './channel.ts'
import { myproxyCommand, type RequestFields } from './message.ts'

/**
 * Fetches a credential that was stored as it is: certificate and (encrypted) key in PEM. Throws GridwrapError in the
 * server's words.
 */
export async function myproxyRetrieve(
  server: MyproxyServer,
  fields: Pick<RequestFields, 'username' | 'passphrase' | 'name'>,
): Promise<string> {
  using channel = await MyproxyChannel.open(server)
  await channel.request(myproxyCommand.retrieve, fields)
  return (await channel.restAndResponse()).toString('latin1').replace(/\0+$/, '')
}
