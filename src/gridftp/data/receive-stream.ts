import { ProtocolError } from '../protocol/protocol-error.ts'
import type { ByteSink } from './byte-ends.ts'
import type { DataReader } from './data-reader.ts'

/**
 * Receives a file in stream mode (RFC 959 section 3.4.1), whose end is that of the connection. `position` is where its
 * first byte belongs. Answers the position behind the last one.
 */
export async function receiveStream(
  reader: DataReader,
  sink: ByteSink,
  { position = 0, most = Number.POSITIVE_INFINITY, onBytes }: ReceiveOptions = {},
): Promise<number> {
  let at = position
  for (;;) {
    const chunks = await reader.take()
    if (chunks === undefined) return at
    const count = chunks.reduce((sum, chunk) => sum + chunk.length, 0)
    if (at + count > position + most) throw new ProtocolError(`More came than the ${most} bytes that were asked for.`)
    await sink.write(chunks, at)
    at += count
    onBytes?.(at - count, at)
  }
}

export interface ReceiveOptions {
  readonly position?: number
  /** More bytes than these are refused. */
  readonly most?: number
  /** Told of bytes that the sink has taken. */
  readonly onBytes?: (start: number, end: number) => void
}
