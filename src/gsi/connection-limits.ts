import { monotonic } from '../core/clock.ts'

/** Lets at most `perSecond` reports through in any second and counts those it keeps back. */
export class ReportLimit {
  readonly #perSecond: number
  #second = Number.NEGATIVE_INFINITY
  #passed = 0
  #suppressed = 0

  constructor(perSecond: number) {
    this.#perSecond = perSecond
  }

  /** The number of reports kept back since the last one that passed, or undefined when this one is kept back too. */
  pass(): number | undefined {
    const now = monotonic()
    if (now - this.#second >= 1000) {
      this.#second = now
      this.#passed = 0
    }
    if (this.#passed >= this.#perSecond) {
      this.#suppressed++
      return undefined
    }
    this.#passed++
    const suppressed = this.#suppressed
    this.#suppressed = 0
    return suppressed
  }
}
