/**
 * Where the bytes of a transfer come from and go to, in any order: a file, memory, another container's file. Errors of theirs end
 * the transfer as they are.
 */
export interface ByteSource {
  /** Bytes there are; undefined when only its end will tell. */
  readonly size: number | undefined
  /** Fills a buffer from `position` on, and answers how many bytes it got: fewer than there is room only at the end. */
  read(into: Uint8Array, position: number): Promise<number>
}

export interface ByteSink {
  /** Takes bytes for `position` on; they are not touched any more when it resolves. */
  write(chunks: readonly Uint8Array[], position: number): Promise<void>
}
