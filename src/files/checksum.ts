import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'

const chunkBytes = 256 * 1024

/**
 * The SHA-256 (lower-case hexadecimal) of the first `most` bytes of an open file, and how many there were. Reads from
 * the beginning, whatever the handle's position, and leaves it open.
 */
export async function sha256Of(
  handle: FileHandle,
  most = Number.POSITIVE_INFINITY,
  signal?: AbortSignal,
): Promise<{ readonly sha256: string; readonly size: number }> {
  const hash = createHash('sha256')
  const buffer = Buffer.allocUnsafe(Math.max(1, Math.min(chunkBytes, most)))
  let size = 0
  while (size < most) {
    signal?.throwIfAborted()
    const { bytesRead } = await handle.read(buffer, 0, Math.min(buffer.length, most - size), size)
    if (bytesRead === 0) break
    hash.update(buffer.subarray(0, bytesRead))
    size += bytesRead
  }
  return { sha256: hash.digest('hex'), size }
}
