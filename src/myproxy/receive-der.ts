import { maximumCertificateSize } from '../gsi/certificate.ts'
import type { MyproxyChannel } from './channel.ts'

/** One DER value of the size of a certificate or of a certification request. An error may come in its place, and is thrown. */
export async function receiveDer(channel: MyproxyChannel): Promise<Buffer> {
  if (await channel.isResponseNext()) await channel.response()
  const head = await channel.bytes(4)
  const [tag, form] = head
  if (tag !== 0x30 || form !== 0x82) throw new Error('The MyProxy server sends no certificate where one belongs.')
  const size = head.readUInt16BE(2)
  if (size > maximumCertificateSize) throw new Error(`The MyProxy server sends a certificate of ${size} bytes.`)
  return Buffer.concat([head, await channel.bytes(size)])
}
