import { didYouMean } from '../core/did-you-mean.ts'
import type { InputProblem } from '../core/errors.ts'

const most = 50

/** Collects what is wrong with one message: all of it, up to 50 entries, the last of which then counts the rest. */
export class MessageProblems {
  readonly #problems: InputProblem[] = []
  readonly #root: string
  #more = 0

  /** `root` names the message itself, for what is wrong with the whole of it. */
  constructor(root: string) {
    this.#root = root
  }

  /** `; did you mean gapopen?` or nothing. Comparing is dear, so it stops when no more problems are kept. */
  suggestion(word: string, candidates: readonly string[] | undefined): string {
    if (candidates === undefined || this.#problems.length >= most - 1) return ''
    const near = didYouMean(word.slice(0, 64), candidates)
    return near === undefined ? '' : `; did you mean ${near}?`
  }

  add(input: string, rule: string, value?: string, accepted?: readonly string[]): void {
    if (this.#problems.length >= most - 1) {
      this.#more++
      return
    }
    this.#problems.push({
      input: shorten(input === '' ? this.#root : input),
      ...(value === undefined ? {} : { value: shorten(value) }),
      rule,
      ...(accepted === undefined || accepted.length === 0 ? {} : { accepted: accepted.slice(0, most) }),
    })
  }

  list(): InputProblem[] {
    if (this.#more === 0) return this.#problems
    return [
      ...this.#problems,
      { input: this.#root, rule: `and ${this.#more} more problem${this.#more === 1 ? '' : 's'}` },
    ]
  }
}

/** At most 80 characters, on one line, without what could disturb a terminal. */
function shorten(text: string): string {
  const plain = text.slice(0, 200).replace(/[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, '\ufffd')
  const characters = [...plain]
  return characters.length > 80 || text.length > 200 ? `${characters.slice(0, 77).join('')}...` : plain
}

/** Where in a message: `options.waitSeconds`, `images[2].content` (the second one; lists are counted from 1). */
export const at = (path: string, member: string, index?: number): string => {
  const name = index === undefined ? member : `${member}[${index}]`
  return path === '' ? name : `${path}.${name}`
}
