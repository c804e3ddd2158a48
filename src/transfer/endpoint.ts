import type { ChecksumName } from '../core/checksum.ts'
import type { ByteSink, ByteSource } from '../gridftp/data/byte-ends.ts'
import type { ByteRanges, ByteSpan } from '../gridftp/protocol/byte-ranges.ts'
import type { PerformanceMarker } from '../gridftp/protocol/markers.ts'

/** What lies at a path. */
export interface Entry {
  /** The last name of its path. */
  readonly name: string
  readonly kind: 'file' | 'directory' | 'other'
  /** Bytes of a file; undefined when that is not told. */
  readonly size: number | undefined
  /** Milliseconds since the epoch; undefined when that is not told. */
  readonly modified: number | undefined
  /** Whether it is a link, and the rest is that of what it leads to. Told where it is known. */
  readonly isLink?: boolean
  /** What tells this very content from any other (a strong entity tag, RFC 9110 section 8.8.3). */
  readonly tag?: string
  /** Why it can be seen, and not be looked at. */
  readonly problem?: string
}

export interface ReadOptions {
  /** What one has already, and need not be sent. */
  readonly have: ByteRanges
  /** Whether the sink takes bytes in their order only. */
  readonly inOrder: boolean
  readonly signal: AbortSignal | undefined
  readonly onBytes: (count: number) => void
}

export interface WriteOptions {
  /** What arrived in an earlier attempt of the same copy; undefined in the first. */
  readonly stored: ByteRanges | undefined
  /** Bytes that were sent in those attempts. */
  readonly sent?: number
  /** Told of what is known to have arrived. */
  readonly onStored: (ranges: ByteRanges) => void
  /** Told of how many bytes are not sent again, when it goes on with an earlier attempt. */
  readonly onResumed?: (bytes: number) => void
  readonly signal: AbortSignal | undefined
  readonly onBytes: (count: number) => void
  /** How far a server says that it is. */
  readonly onPerformance?: ((marker: PerformanceMarker) => void) | undefined
}

export interface ManyOptions {
  readonly signal: AbortSignal | undefined
  readonly onEnd: (index: number, error: unknown) => void
}

/** A file that is open for reading. */
export type OpenFile = ByteSource & { readonly size: number } & AsyncDisposable

/**
 * Files that are reached by one protocol, at one server, as one user: the adapter of the transfer layer. All operations throw
 * GridwrapError (`not-found`, `denied`, `busy` …) or what the connection throws; each may be tried again. test/compliance
 * has the suite that every one passes.
 */
export interface Endpoint extends AsyncDisposable {
  /** What lies at a path. */
  stat(path: string, signal?: AbortSignal): Promise<Entry>
  /** What lies in a directory, in no order. */
  list(path: string, signal?: AbortSignal): AsyncIterable<Entry>
  /** Makes a directory and those above it, as far as they are not there. */
  makeDirectories(path: string): Promise<void>
  removeFile(path: string): Promise<void>
  /** Removes an empty directory. */
  removeDirectory(path: string): Promise<void>
  /** Sets when a file was last changed; where that cannot be said, nothing happens. */
  setModified(path: string, ms: number): Promise<void>
  /** The checksum of a file by the first of these algorithms that can be had; undefined when none can. */
  checksum(
    path: string,
    names: readonly ChecksumName[],
    signal?: AbortSignal,
  ): Promise<{ readonly name: ChecksumName; readonly value: string } | undefined>
  /** A file to read from in any order, where that costs nothing. */
  open?(path: string): Promise<OpenFile>
  /** Reads a file into a sink, each byte to its position. */
  read(path: string, sink: ByteSink, options: ReadOptions): Promise<void>
  /** Reads a part of a file, each byte to its position in the file; where a protocol can. */
  readSpan?(path: string, span: ByteSpan, sink: ByteSink, signal?: AbortSignal): Promise<void>
  /** Writes into the middle of a file, which is made when it is not there, and keeps what it has around; where a protocol can. */
  writeSpan?(path: string, bytes: Uint8Array, position: number, signal?: AbortSignal): Promise<void>
  /**
   * Reads many small files, one behind the other over the same connections; what can be said ahead is. One that is refused
   * hinders no other. `onEnd` is told of each, by its place, that it is there or why not.
   */
  readMany?(files: readonly { readonly path: string; readonly sink: ByteSink }[], options: ManyOptions): Promise<void>
  /** Writes many small files in the same way; resolves with the sizes that they have there, undefined for those that are not. */
  writeMany?(
    files: readonly { readonly path: string; readonly source: ByteSource & { readonly size: number } }[],
    options: ManyOptions,
  ): Promise<readonly (number | undefined)[]>
  /** Gives a file or directory another name at the same server; where a protocol can. */
  rename?(from: string, to: string): Promise<void>
  /** The names in a directory, where that costs less than what lies there. */
  names?(path: string, signal?: AbortSignal): Promise<readonly string[]>
  /** Writes a file from a source. What was there is replaced. */
  write(path: string, source: ByteSource, options: WriteOptions): Promise<void>
}
