import type { Fail } from './references.ts'
import { codePointName, forbiddenAt } from './xml-characters.ts'

/** Less than this is gathered first. */
const shortest = 4 * 1024

/**
 * The text before the parser: gathers small pieces, normalises line ends (XML 1.0, section 2.11), refuses characters
 * that XML does not allow, keeps what the parser could not use yet, and knows lines and columns. What is left over is
 * handed out again only together with at least as much new text, which keeps the whole linear.
 */
export class TextIntake {
  #gathered: string[] = []
  #gatheredLength = 0
  /** A carriage return or high surrogate at the end of what has come: what it is depends on the next character. */
  #held = ''
  #current = ''
  #line = 1
  #column = 1
  #beginning = true
  #consumed = 0

  /** Adds text as it comes; returns whether `next` should be called now. */
  add(text: string): boolean {
    if (text === '') return false
    this.#gathered.push(text)
    this.#gatheredLength += text.length
    return this.#gatheredLength >= Math.max(shortest, this.#current.length - this.#consumed)
  }

  /** Tells how much of the piece handed out last was used; the rest will come again with the next one. */
  consume(count: number): void {
    this.#consumed = count
  }

  /** Whether an offset of the current piece is the very first character of the document. */
  isBeginning(offset: number): boolean {
    return this.#beginning && offset === 0
  }

  /** Line and column of an offset of the current piece, both from 1. */
  position(offset: number): { line: number; column: number } {
    let line = this.#line
    let from = -1
    for (;;) {
      const next = this.#current.indexOf('\n', from + 1)
      if (next < 0 || next >= offset) break
      from = next
      line++
    }
    return { line, column: from < 0 ? this.#column + offset : offset - from }
  }

  /** What is ready to be parsed, checked and normalised; `final` at the end of the document. */
  next(fail: Fail, final: boolean): string {
    const left = this.#left()
    let fresh = this.#gathered.length === 1 ? (this.#gathered[0] ?? '') : this.#gathered.join('')
    this.#gathered = []
    this.#gatheredLength = 0
    if (this.#held !== '') fresh = this.#held + fresh
    this.#held = ''
    if (!final && fresh !== '') {
      const last = fresh.charCodeAt(fresh.length - 1)
      if (last === 0x0d || (last >= 0xd800 && last <= 0xdbff)) {
        this.#held = fresh.slice(-1)
        fresh = fresh.slice(0, -1)
      }
    }
    if (fresh.includes('\r')) fresh = fresh.replace(/\r\n?/g, '\n')
    const bad = forbiddenAt(fresh)
    this.#current = left === '' ? fresh : left + fresh
    if (bad >= 0)
      fail(left.length + bad, `${codePointName(fresh.codePointAt(bad) ?? 0)} is not a character that XML allows`)
    return this.#current
  }

  /** What of the current piece was not consumed: the beginning of an incomplete token. Moves the position past the rest. */
  #left(): string {
    if (this.#consumed === 0) return this.#current
    this.#beginning = false
    const { line, column } = this.position(this.#consumed)
    this.#line = line
    this.#column = column
    const left = this.#current.slice(this.#consumed)
    this.#consumed = 0
    return left
  }
}
