import { MyproxyChannel, type MyproxyServer } from './channel.ts'
import { myproxyCommand, type RequestFields } from './message.ts'

/** Has a MyProxy server forget a credential. Throws GridwrapError in the server's words. */
export async function myproxyDestroy(
  server: MyproxyServer,
  fields: Pick<RequestFields, 'username' | 'name'>,
): Promise<void> {
  using channel = await MyproxyChannel.open(server)
  await channel.request(myproxyCommand.destroy, fields)
}
