import { MyproxyChannel, type MyproxyServer } from './channel.ts'
import { myproxyCommand, type StoredCredential } from './message.ts'

/** What a MyProxy server keeps for a user, of the caller's. Throws GridwrapError in the server's words. */
export async function myproxyInfo(
  server: MyproxyServer,
  { username }: { readonly username: string },
): Promise<readonly StoredCredential[]> {
  using channel = await MyproxyChannel.open(server)
  const { credentials } = await channel.request(myproxyCommand.info, { username })
  return credentials
}
