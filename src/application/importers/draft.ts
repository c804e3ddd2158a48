/** What a description holds, before it is written as YAML: texts, numbers, lists and keys. */
export type DraftValue = string | number | boolean | readonly DraftValue[] | { readonly [key: string]: DraftValue }

/** A key of an input or output; undefined ones are not written. */
export type DraftFields = Readonly<Record<string, DraftValue | undefined>>

/** What an importer made of a foreign description: the draft, and what of the other one is not in it, in sentences. */
export interface Draft {
  readonly name: string
  readonly title: string
  readonly description?: string | undefined
  readonly version?: string | undefined
  readonly homepage?: string | undefined
  readonly cite?: string | undefined
  readonly keywords?: readonly string[]
  readonly command?: string
  /** Instead of a command. */
  readonly library?: string
  readonly versionCommand?: string
  readonly stdin?: DraftValue | undefined
  readonly environment?: Readonly<Record<string, string>>
  readonly files?: readonly DraftValue[]
  readonly inputs: Readonly<Record<string, DraftFields>>
  readonly outputs: Readonly<Record<string, DraftFields>>
  readonly rules?: readonly Readonly<Record<string, readonly string[]>>[]
  readonly exit?: Readonly<Record<string, DraftValue>>
  readonly watch?: Readonly<Record<string, DraftValue>>
  readonly network?: boolean
  /** How an interpreter is spoken to, and its typed calls. */
  readonly session?: Readonly<Record<string, DraftValue>>
  readonly operations?: Readonly<Record<string, DraftValue>>
  readonly limits?: Readonly<Record<string, DraftValue>>
  readonly tests?: readonly DraftValue[]
  readonly notes: readonly string[]
}
