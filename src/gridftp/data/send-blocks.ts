import { blockHeaderBytes, endOfData, endOfFile, writeBlockHeader } from '../protocol/extended-block.ts'
import type { BlockReader } from './block-reader.ts'
import type { DataWriter } from './data-writer.ts'

/**
 * Sends blocks in extended mode (GFD.20 section 3.4) over one or more connections, whichever has room. Each connection gets
 * its end of data, one of them that of the file. `origin`: the position that is offset 0 on the wire (what ESTO moves).
 */
export async function sendBlocks(
  writers: readonly DataWriter[],
  blocks: BlockReader,
  origin: number,
  onBytes?: (count: number) => void,
): Promise<void> {
  await Promise.all(
    writers.map(async writer => {
      for (let block = await blocks.next(); block !== undefined; block = await blocks.next()) {
        const header = writeBlockHeader({ descriptor: 0, count: block.bytes.length, offset: block.position - origin })
        await writer.write([header, block.bytes], block.release)
        onBytes?.(block.bytes.length)
      }
    }),
  )
  await sendBlockEnds(writers)
}

/** Sends each connection its end of data, and one of them that of the file. */
export async function sendBlockEnds(writers: readonly DataWriter[]): Promise<void> {
  await Promise.all(
    writers.map(async (writer, index) => {
      const end = Buffer.alloc(blockHeaderBytes)
      const descriptor = index === 0 ? endOfData | endOfFile : endOfData
      await writer.write([writeBlockHeader({ descriptor, count: 0, offset: index === 0 ? writers.length : 0 }, end)])
      await writer.flush()
    }),
  )
}
