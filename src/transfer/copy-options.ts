import type { ChecksumName } from '../core/checksum.ts'
import type { ByteRanges } from '../gridftp/protocol/byte-ranges.ts'
import type { PerformanceMarker } from '../gridftp/protocol/markers.ts'
import type { Entry } from './endpoint.ts'
import type { RetryPolicy } from './retry.ts'

/** What is known of a copy while it goes on. */
export interface CopyListener {
  /** So many bytes more have moved; negative when some have to move again. */
  onBytes?(count: number): void
  /** How far a server says that it is (a performance marker, GFD.20 section 5.1.2). */
  onPerformance?(marker: PerformanceMarker): void
  /** What a server says that it has on disk (a restart marker, GFD.20 section 5.1.1): from there it can go on. */
  onRestart?(ranges: ByteRanges): void
  /** An attempt failed; the next one begins in so many milliseconds. */
  onRetry?(error: unknown, delayMs: number): void
  /** All bytes have moved; now both ends are asked for their checksums. */
  onVerify?(algorithm: ChecksumName): void
}

export interface CopyOptions {
  /**
   * Whether both ends are compared by checksum at the end: always, when both can, or only where an attempt was resumed
   * by guess. Default when both can.
   */
  readonly verify?: 'required' | 'possible' | 'no'
  /** Checksums in the order in which they are wanted. */
  readonly algorithms?: readonly ChecksumName[]
  /** What is known of the source from a listing; it may have changed since. Default: the source is asked. */
  readonly known?: Entry | undefined
  /** Whether bytes between two GridFTP servers come by here, for servers that cannot reach each other. Default not. */
  readonly relay?: boolean
  /** Whether the destination gets the time of the source. Default not. */
  readonly preserveTime?: boolean
  readonly retry?: RetryPolicy
  readonly listener?: CopyListener | undefined
  readonly signal?: AbortSignal | undefined
}

/** What came of a copy. */
export interface Copied {
  /** Bytes that the file has. */
  readonly size: number
  /** How the two ends were compared. */
  readonly verified: { readonly name: ChecksumName; readonly value: string } | 'size' | 'not at all'
  readonly attempts: number
}
