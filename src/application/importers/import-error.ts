/** A foreign description that cannot be read, with the file, the line where one is known, and the reason. */
export class ImportError extends Error {
  override readonly name = 'ImportError'
  readonly line: number | undefined

  constructor(file: string, line: number | undefined, message: string) {
    super(`${file}${line === undefined ? '' : `:${line}`}: ${message}`)
    this.line = line
  }
}
