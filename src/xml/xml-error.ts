/** Whether the text breaks a rule of XML, or is well-formed so far and larger than it may be. */
export type XmlErrorKind = 'malformed' | 'limit'

/** A refused document. Lines and columns count from 1, columns in UTF-16 units. */
export class XmlError extends Error {
  override readonly name = 'XmlError'
  readonly kind: XmlErrorKind
  readonly line: number
  readonly column: number

  constructor(kind: XmlErrorKind, sentence: string, line: number, column: number) {
    super(`${sentence} (line ${line}, column ${column})`)
    this.kind = kind
    this.line = line
    this.column = column
  }
}

/** What a sink throws to refuse the text it is given; the reader adds where it stands and throws an {@link XmlError}. */
export class SinkRefusal extends Error {
  override readonly name = 'SinkRefusal'
  readonly kind: XmlErrorKind

  constructor(kind: XmlErrorKind, sentence: string) {
    super(sentence)
    this.kind = kind
  }
}
