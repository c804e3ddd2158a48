import type { ByteSink, ByteSource } from '../data/byte-ends.ts'

/** What lies at a path that is served. */
export interface ServedEntry {
  readonly name: string
  readonly kind: 'file' | 'directory' | 'other'
  readonly size: number
  /** Milliseconds since the epoch. */
  readonly modified: number
  /** Whether it may be written, or, of a directory, written into. */
  readonly writable: boolean
}

/** A file that is being sent. */
export type OutgoingFile = ByteSource & { readonly size: number; readonly modified: number } & AsyncDisposable

/** How a file is received. */
export interface Storing {
  /**
   * `new`: it takes the place of what was there, when it is whole. `resume`: it goes on with what an earlier attempt left.
   * `change`: what is there is changed in its place.
   */
  readonly how: 'new' | 'resume' | 'change'
  /** Bytes that will come, when they were announced. */
  readonly size: number | undefined
}

/** A file that is being received. Disposing of one that was not committed leaves what can be resumed. */
export interface IncomingFile extends ByteSink, AsyncDisposable {
  /** Bytes that it has before anything comes. */
  readonly size: number
  /**
   * Declares it whole, with so many bytes: what an earlier attempt left behind them is no part of it. undefined: as many
   * as it has, because only a part of it was changed.
   */
  commit(size: number | undefined): Promise<void>
}

/**
 * The files that a server shows to one caller, and what this one may do with them. Paths are absolute and normal: `/`, `/a/b`.
 * What is refused is a GridwrapError (`not-found`, `denied`, `busy`, `too-large` …).
 */
export interface ServedFiles {
  /** Where a session begins, and what ~ is. */
  readonly home: string
  stat(path: string): Promise<ServedEntry>
  list(path: string): AsyncIterable<ServedEntry>
  read(path: string): Promise<OutgoingFile>
  write(path: string, storing: Storing): Promise<IncomingFile>
  makeDirectory(path: string): Promise<void>
  removeDirectory(path: string): Promise<void>
  removeFile(path: string): Promise<void>
  rename(from: string, to: string): Promise<void>
  setModified(path: string, ms: number): Promise<void>
}
