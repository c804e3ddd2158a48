/** One line on the terminal that changes while something goes on; nothing where standard error is no terminal. */
export class ProgressLine implements Disposable {
  #shown = ''
  readonly #live = process.stderr.isTTY

  show(text: string): void {
    if (text === this.#shown) return
    this.#shown = text
    if (this.#live) process.stderr.write(`\r\x1b[K${text.slice(0, (process.stderr.columns || 80) - 1)}`)
  }

  [Symbol.dispose](): void {
    if (this.#live && this.#shown !== '') process.stderr.write('\r\x1b[K')
  }
}
