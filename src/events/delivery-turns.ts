/**
 * Lets so many work at once, and so many of each party (a destination, an owner), so that one that hangs does not stop
 * the others.
 */
export class DeliveryTurns {
  readonly #most: number
  readonly #mostOfOne: number
  readonly #busy = new Map<string, number>()
  readonly #waiting: { readonly parties: readonly string[]; readonly begin: () => void }[] = []
  #running = 0

  constructor(most: number, mostOfOne: number) {
    this.#most = most
    this.#mostOfOne = mostOfOne
  }

  /** Does the work when it is its turn; first come, first served, of those whose parties have room. */
  async take<T>(parties: readonly string[], work: () => Promise<T>): Promise<T> {
    if (!this.#hasRoom(parties)) await new Promise<void>(begin => this.#waiting.push({ parties, begin }))
    else this.#count(parties, 1)
    try {
      return await work()
    } finally {
      this.#count(parties, -1)
      this.#next()
    }
  }

  #hasRoom(parties: readonly string[]): boolean {
    return this.#running < this.#most && parties.every(one => (this.#busy.get(one) ?? 0) < this.#mostOfOne)
  }

  #count(parties: readonly string[], by: 1 | -1): void {
    this.#running += by
    for (const party of parties) {
      const busy = (this.#busy.get(party) ?? 0) + by
      if (busy === 0) this.#busy.delete(party)
      else this.#busy.set(party, busy)
    }
  }

  /** What one gives back may be room for several, each with one of its parties. */
  #next(): void {
    for (;;) {
      const index = this.#waiting.findIndex(one => this.#hasRoom(one.parties))
      const [next] = index < 0 ? [] : this.#waiting.splice(index, 1)
      if (next === undefined) return
      this.#count(next.parties, 1)
      next.begin()
    }
  }
}
