/** Numbers that wait for their turn: first those that have had none yet, and each later one not before its time. */
export class TurnQueue {
  readonly #fresh: readonly number[]
  #next = 0
  /** By their time. */
  readonly #later: { readonly number: number; readonly at: number }[] = []

  constructor(fresh: readonly number[]) {
    this.#fresh = fresh
  }

  /** Comes again at `at`, milliseconds of whatever clock `take` is given. */
  again(number: number, at: number): void {
    let low = 0
    let high = this.#later.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#later[middle]?.at ?? 0) <= at) low = middle + 1
      else high = middle
    }
    this.#later.splice(low, 0, { number, at })
  }

  /** The next whose time has come; else when the first one's comes; undefined when nobody waits. */
  take(now: number): { readonly number: number } | { readonly at: number } | undefined {
    const [first] = this.#later
    if (first !== undefined && first.at <= now) {
      this.#later.shift()
      return { number: first.number }
    }
    const fresh = this.#fresh[this.#next]
    if (fresh !== undefined) {
      this.#next++
      return { number: fresh }
    }
    return first === undefined ? undefined : { at: first.at }
  }
}
