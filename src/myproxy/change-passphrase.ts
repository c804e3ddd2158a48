import { MyproxyChannel, type MyproxyServer } from './channel.ts'
import { myproxyCommand, type RequestFields } from './message.ts'

/** Changes the passphrase of a credential that a MyProxy server keeps. Throws GridwrapError in the server's words. */
export async function myproxyChangePassphrase(
  server: MyproxyServer,
  fields: Required<Pick<RequestFields, 'username' | 'passphrase' | 'newPassphrase'>> & Pick<RequestFields, 'name'>,
): Promise<void> {
  using channel = await MyproxyChannel.open(server)
  await channel.request(myproxyCommand.changePassphrase, fields)
}
