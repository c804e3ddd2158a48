import { test } from 'vitest'
import { type SentenceId, sentences } from './sentences.ts'

/** A test of one sentence of the specification, or of several that demand the same. Its title says which and what. */
export function obeys(ids: SentenceId | readonly SentenceId[], check: () => Promise<void> | void): void {
  const all = typeof ids === 'string' ? [ids] : ids
  test(all.map(id => `${id} ${sentences[id][1]}`).join(' · '), async () => check())
}
