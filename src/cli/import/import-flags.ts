/** What every kind of import is told. */
export interface ImportFlags {
  readonly out?: string
  readonly force?: boolean
  readonly json?: boolean
  readonly environment: Readonly<Record<string, string>>
}
