/** A value as it lies in the store: 64-bit integers exact. */
export type StoredResult = string | number | { readonly integer: string }

/** An output file: its path below the work directory (or `stdout`, `stderr`), bytes, and SHA-256 in hexadecimal. */
export interface StoredFile {
  readonly name: string
  readonly size: number
  readonly sha256: string
  readonly mediaType: string
}

/** What an instance has to show. Files stay where they are: here are their names and sums. */
export interface StoredResults {
  readonly files: Readonly<Record<string, readonly StoredFile[]>>
  readonly values: Readonly<Record<string, StoredResult | readonly StoredResult[]>>
  readonly ran: { readonly command: string; readonly host: string; readonly version?: string }
}
