import { BlockReader } from '../gridftp/data/block-reader.ts'
import type { ByteSink, ByteSource } from '../gridftp/data/byte-ends.ts'
import type { ByteSpan } from '../gridftp/protocol/byte-ranges.ts'

/** Moves spans of a source into a sink, in order. The next block is read while one is written. */
export async function pump(
  source: ByteSource,
  sink: ByteSink,
  spans: Iterable<ByteSpan>,
  { signal, onBytes }: { readonly signal: AbortSignal | undefined; readonly onBytes: (count: number) => void },
): Promise<void> {
  const blocks = new BlockReader(source, spans)
  for (let block = await blocks.next(); block !== undefined; block = await blocks.next()) {
    signal?.throwIfAborted()
    await sink.write([block.bytes], block.position)
    onBytes(block.bytes.length)
    block.release()
  }
}
