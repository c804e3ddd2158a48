import type { FileHandle } from 'node:fs/promises'

/** Writes all bytes of several pieces, at a position or (null) where the file stands, however few the system takes at a time. */
export async function writeAll(
  handle: FileHandle,
  chunks: readonly Uint8Array[],
  position: number | null,
): Promise<void> {
  let rest = chunks
  let at = position
  while (rest.length > 0) {
    const { bytesWritten } = await handle.writev(rest, at ?? undefined)
    if (at !== null) at += bytesWritten
    rest = behind(rest, bytesWritten)
  }
}

function behind(chunks: readonly Uint8Array[], written: number): readonly Uint8Array[] {
  let left = written
  return chunks.flatMap(chunk => {
    const gone = Math.min(left, chunk.length)
    left -= gone
    return gone === chunk.length ? [] : [chunk.subarray(gone)]
  })
}
