/** The text of a document while it is read, as long as it is not too much: a signature is over the text itself. */
export class KeptText {
  readonly #most: number
  #pieces: string[] = []
  #length = 0

  /** `most`: characters. */
  constructor(most: number) {
    this.#most = most
  }

  add(piece: string): void {
    this.#length += piece.length
    if (this.#length <= this.#most) this.#pieces.push(piece)
    else this.#pieces = []
  }

  /** The whole of it; undefined when it was too much. */
  get text(): string | undefined {
    return this.#length <= this.#most ? this.#pieces.join('') : undefined
  }
}
