import type { Facets } from './schema-model.ts'

/** Which values one set of facets shuts out that another lets in, in words; none when the first takes all of the second. */
export function facetChanges({ facets: wide }: { facets: Facets }, { facets: narrow }: { facets: Facets }): string[] {
  const lost: string[] = []
  if (wide.minInclusive !== undefined && !(order(narrow.minInclusive, wide.minInclusive) >= 0))
    lost.push(`less than ${wide.minInclusive}`)
  if (wide.maxInclusive !== undefined && !(order(narrow.maxInclusive, wide.maxInclusive) <= 0))
    lost.push(`more than ${wide.maxInclusive}`)
  if ((narrow.minLength ?? 0) < (wide.minLength ?? 0)) lost.push(`less than ${wide.minLength} characters`)
  if ((narrow.maxLength ?? Number.POSITIVE_INFINITY) > (wide.maxLength ?? Number.POSITIVE_INFINITY))
    lost.push(`more than ${wide.maxLength} characters`)
  return [...lost, ...wordsLost(wide.enumeration, narrow.enumeration), ...patternsLost(wide.pattern, narrow.pattern)]
}

/** Numbers are compared as they are written, so that 64 bits stay exact; NaN when one is missing. */
function order(a: string | undefined, b: string): number {
  if (a === undefined) return Number.NaN
  const whole = /^[+-]?\d+$/
  if (!whole.test(a) || !whole.test(b)) return Number(a) - Number(b)
  const difference = BigInt(a.replace(/^\+/, '')) - BigInt(b.replace(/^\+/, ''))
  return difference < 0n ? -1 : difference > 0n ? 1 : 0
}

function wordsLost(wide: readonly string[] | undefined, narrow: readonly string[] | undefined): string[] {
  if (wide === undefined) return []
  if (narrow === undefined) return [`anything but ${wide.join(', ')}`]
  const lost = narrow.filter(word => !wide.includes(word))
  return lost.length === 0 ? [] : [lost.join(', ')]
}

/** Whether one expression takes all that another takes is not decided; that they are the same is. */
function patternsLost(wide: readonly string[] | undefined, narrow: readonly string[] | undefined): string[] {
  if (wide === undefined || narrow?.every(pattern => wide.includes(pattern)) === true) return []
  return [`what does not match ${wide.join(' or ')}`]
}
