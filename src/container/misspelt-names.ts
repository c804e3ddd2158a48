import type { Mentions } from '../authz/adapter.ts'
import { didYouMean } from '../core/did-you-mean.ts'

/** As much of an application as rules can speak of. */
export interface Described {
  readonly name: string
  readonly inputs: readonly { readonly name: string }[]
}

/** Names in the rules of a site that nothing there has, a sentence each: a rule about one of them never holds. */
export function misspeltNames({ services, inputs }: Mentions, offered: readonly Described[]): readonly string[] {
  const names = offered.map(one => one.name)
  const known = offered.flatMap(one => one.inputs.map(input => input.name))
  return [
    ...unknown(services, names).map(
      name => `Rules speak of the service "${name}", which is not registered here${meant(name, names)}.`,
    ),
    ...unknown(inputs, known).map(
      name => `Rules speak of an input "${name}", which no registered application has${meant(name, known)}.`,
    ),
  ]
}

const unknown = (names: readonly string[], known: readonly string[]): readonly string[] =>
  [...new Set(names)].filter(name => !known.includes(name))

const meant = (name: string, known: readonly string[]): string => {
  const word = didYouMean(name, known)
  return word === undefined ? '' : `; did you mean "${word}"?`
}
