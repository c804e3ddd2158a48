/** Factors of a matrix of tests, with the values that each takes. */
export type Factors = Readonly<Record<string, readonly string[]>>
export type Case<F extends Factors> = { readonly [K in keyof F]: F[K][number] }

/** All combinations of the factors' values that are possible at all. */
export function allCases<F extends Factors>(factors: F, possible: (one: Case<F>) => boolean = () => true): Case<F>[] {
  const names = Object.keys(factors)
  const combined = names.reduce<Record<string, string>[]>(
    (cases, name) => cases.flatMap(one => (factors[name] ?? []).map(value => ({ ...one, [name]: value }))),
    [{}],
  )
  return (combined as Case<F>[]).filter(possible)
}

/** As few cases as it takes (nearly) for any two values of any two factors to meet in one of them. Always the same ones. */
export function pairwise<F extends Factors>(factors: F, possible?: (one: Case<F>) => boolean): Case<F>[] {
  const cases = allCases(factors, possible)
  const uncovered = new Set(cases.flatMap(one => [...pairsOf(one)]))
  const chosen: Case<F>[] = []
  while (uncovered.size > 0) {
    const gain = (one: Case<F>): number => pairsOf(one).filter(pair => uncovered.has(pair)).length
    const best = cases.reduce((leader, one) => (gain(one) > gain(leader) ? one : leader))
    for (const pair of pairsOf(best)) uncovered.delete(pair)
    chosen.push(best)
  }
  return chosen
}

const pairsOf = (one: Readonly<Record<string, string>>): string[] => {
  const settings = Object.entries(one).map(([name, value]) => `${name}=${value}`)
  return settings.flatMap((first, index) => settings.slice(index + 1).map(second => `${first}&${second}`))
}
