import { z } from 'zod'
import { didYouMean } from '../core/did-you-mean.ts'

/** What is wrong with a configuration, a sentence for each problem; `schema`: what it should be like. */
export function configurationProblems(issues: readonly z.core.$ZodIssue[], schema: z.ZodType): readonly string[] {
  // What is misspelt first: what is missing is mostly that.
  return issues
    .toSorted((a, b) => Number(b.code === 'unrecognized_keys') - Number(a.code === 'unrecognized_keys'))
    .map(issue => `${issue.path.join('.') || 'the file'} ${sentence(issue, schema)}`)
}

function sentence(issue: z.core.$ZodIssue, schema: z.ZodType): string {
  if (issue.code === 'invalid_type' && /received undefined$/.test(issue.message)) return 'is missing'
  if (issue.code !== 'unrecognized_keys') return issue.message
  const known = keysAt(schema, issue.path)
  return issue.keys.map(key => `has no key "${key}"${meant(key, known)}`).join('; ')
}

function meant(key: string, known: readonly string[]): string {
  const word = didYouMean(key, known)
  return word === undefined ? '' : `; did you mean "${word}"?`
}

/** The keys that may be said at a place; none where there is a choice of forms. */
function keysAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): readonly string[] {
  const [first, ...rest] = path
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodOptional) return keysAt(schema.unwrap(), path)
  if (schema instanceof z.ZodArray) return keysAt(schema.element, rest)
  if (!(schema instanceof z.ZodObject)) return []
  if (first === undefined) return Object.keys(schema.shape)
  const inner = schema.shape[String(first)] as z.core.$ZodType | undefined
  return inner === undefined ? [] : keysAt(inner, rest)
}
