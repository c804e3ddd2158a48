import { rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { ApplicationTest, Expectation, Value } from '../application/model.ts'
import type { StoredResult } from '../application/stored-results.ts'
import { GridwrapError } from '../core/errors.ts'
import type { DescriptionFolder } from '../factory/register-application.ts'
import { compareExpected } from './compare-expected.ts'
import { attemptHere, type LocalOutcome } from './local-attempt.ts'
import { valuesOfTest } from './local-inputs.ts'

/** Runs one test that a description brings, here and now. What was not as it expects; nothing when all was. */
export async function runDescriptionTest(folder: DescriptionFolder, test: ApplicationTest): Promise<readonly string[]> {
  let outcome: LocalOutcome
  try {
    const values = await valuesOfTest(folder.application, test.run, folder.directory)
    outcome = await attemptHere(folder, values, {
      onProgress: () => undefined,
      stop: new AbortController().signal,
      interrupt: test.interrupt ?? false,
    })
  } catch (error) {
    if (!(error instanceof GridwrapError) || error.code !== 'invalid-input') throw error
    if (test.fails === 'input') return []
    return [error.message, ...(error.detail.problem ?? []).map(problem => `${problem.input}: ${problem.rule}`)]
  }
  try {
    const { verdict } = outcome
    if (test.interrupt === true && outcome.attempt === 1)
      return ['it ended before it had saved anything to be interrupted at: give it more to do']
    if (test.fails !== undefined) {
      if (verdict.outcome === 'done') return [`it was to fail (${test.fails}), and did not`]
      return verdict.cause === test.fails
        ? []
        : [`it was to fail for the cause ${test.fails}, and failed for ${verdict.cause}: ${verdict.reason}`]
    }
    if (verdict.outcome === 'failed') return [`it failed: ${verdict.reason}`]
    return (
      await Promise.all(Object.entries(test.expect).map(([name, expected]) => compare(name, expected, outcome)))
    ).flat()
  } finally {
    await rm(dirname(outcome.places.work), { recursive: true, force: true })
  }
}

async function compare(
  name: string,
  expected: Expectation,
  { collected, places }: LocalOutcome,
): Promise<readonly string[]> {
  const value = collected.values[name]
  const values = value === undefined ? undefined : [value].flat().map(plainResult)
  const files = collected.files[name]
  const isStream = files?.[0]?.name === 'stdout' || files?.[0]?.name === 'stderr'
  return compareExpected(name, expected, values, files, isStream ? places.control : places.work)
}

const plainResult = (value: StoredResult): Value => (typeof value === 'object' ? BigInt(value.integer) : value)
