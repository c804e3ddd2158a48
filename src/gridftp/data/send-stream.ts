import type { Socket } from 'node:net'
import type { ByteSpan } from '../protocol/byte-ranges.ts'
import { BlockReader } from './block-reader.ts'
import type { ByteSource } from './byte-ends.ts'
import { DataWriter } from './data-writer.ts'

/** Sends a part of a source in stream mode, and then the end (RFC 959 section 3.4.1). */
export async function sendStream(
  socket: Socket,
  source: ByteSource,
  span: ByteSpan,
  onBytes?: (count: number) => void,
): Promise<void> {
  const writer = new DataWriter(socket)
  const blocks = new BlockReader(source, [span])
  for (let block = await blocks.next(); block !== undefined; block = await blocks.next()) {
    await writer.write([block.bytes], block.release)
    onBytes?.(block.bytes.length)
  }
  await writer.end()
}
