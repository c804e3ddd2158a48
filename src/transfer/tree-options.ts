import type { Copied, CopyOptions } from './copy-options.ts'
import type { Entry } from './endpoint.ts'
import type { Sync } from './is-there.ts'
import type { Location } from './location.ts'

/** One file of a tree. */
export interface TreeFile {
  /** From the root of the tree; names parted by /. */
  readonly relative: string
  readonly source: Location
  readonly destination: Location
  readonly entry: Entry
}

export interface TreeListener {
  /** A file was found, which will be copied, or is there already. */
  onFound?(file: TreeFile): void
  onSkipped?(file: TreeFile): void
  onCopied?(file: TreeFile, copied: Copied): void
  /** A file, or a whole directory, that could not be copied. */
  onFailed?(source: Location, error: unknown): void
  /** Something in the tree that is neither a file nor a directory, or a link to a directory. */
  onPassedOver?(relative: string): void
}

export interface TreeOptions extends Omit<CopyOptions, 'listener'> {
  /** Only files whose path in the tree, or whose name, matches one of these. A pattern with a / is one of the path. Default: all. */
  readonly include?: readonly string[]
  /** Neither files nor whole directories that match one of these. */
  readonly exclude?: readonly string[]
  readonly sync?: Sync | undefined
  /**
   * Whether small files between this machine and a GridFTP server go one behind the other over the same connections, with
   * commands said ahead of their turn; of them sizes are compared, not checksums. Servers connect to this machine for what
   * they send. Default not.
   */
  readonly pipeline?: boolean
  /** Files at once. Default 4. */
  readonly concurrency?: number
  readonly tree?: TreeListener
  readonly listener?: CopyOptions['listener']
}

export interface TreeResult {
  readonly copied: number
  readonly skipped: number
  readonly failed: number
}
