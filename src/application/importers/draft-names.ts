import { nameKey, nameProblem } from '../names.ts'

/** Gives the parameters of a foreign description names that a description takes, unlike each other; notes those that are not the same. */
export class DraftNames {
  readonly #taken = new Map<string, string>()
  readonly #note: (note: string) => void

  constructor(note: (note: string) => void) {
    this.#note = note
  }

  /** A name as close to the foreign one as there is. `fails` is kept for the tests of descriptions. */
  take(foreign: string): string {
    const letters = foreign
      .normalize('NFKD')
      .replace(/[^A-Za-z0-9_]+/g, '_')
      .replace(/^[^A-Za-z]+|_+$/g, '')
      .slice(0, 36)
    const plain = letters === '' ? 'x' : letters
    const candidates = [plain, `${plain}_`, `${plain}_value`]
    const good = candidates.find(one => this.#isFree(one)) ?? this.#numbered(plain)
    this.#taken.set(nameKey(good), good)
    if (good !== foreign) this.#note(`${foreign} is called ${good}: callers' languages have no other name for it.`)
    return good
  }

  #isFree(name: string): boolean {
    return nameProblem(name) === undefined && name !== 'fails' && !this.#taken.has(nameKey(name))
  }

  #numbered(plain: string): string {
    for (let n = 2; ; n++) if (this.#isFree(`${plain}${n}`)) return `${plain}${n}`
  }
}
