/** What was seen of one run of a command. Paths are as the run had them: absolute. Plain data. */
export interface Observation {
  readonly argv: readonly string[]
  /** Where it ran. */
  readonly folder: string
  /** A file of the folder or elsewhere that it had on standard input. */
  readonly stdin: string | undefined
  /** Files that were there before and that it opened to read. */
  readonly reads: readonly string[]
  /** Files that it wrote and that were there at its end. */
  readonly writes: readonly string[]
  /** Folders that its words name. */
  readonly folders: readonly string[]
  readonly connects: boolean
  readonly seconds: number
  readonly cpuSeconds: number | undefined
  readonly peakMemoryBytes: number | undefined
  /** The beginnings of what it printed. */
  readonly stdout: string
  readonly stderr: string
  /** Whether files were traced; false: they were told from what changed in the folder, and from its words. */
  readonly traced: boolean
}
