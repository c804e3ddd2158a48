import { readFile, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { ApplicationTest, Expectation } from '../application/model.ts'
import type { StoredResult } from '../application/stored-results.ts'
import { GridwrapError } from '../core/errors.ts'
import type { DescriptionFolder } from '../factory/register-application.ts'
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
  if (value !== undefined) return compareValue(name, expected, Array.isArray(value) ? value : [value as StoredResult])
  const [file] = collected.files[name] ?? []
  if (file === undefined) return [`${name}: there is no such output`]
  const { size, contains } = expected
  if (size !== undefined && (file.size < (size.min ?? 0) || file.size > (size.max ?? Number.POSITIVE_INFINITY)))
    return [`${name}: has ${file.size} bytes`]
  if (contains === undefined) return []
  const text = await readFile(
    join(file.name === 'stdout' || file.name === 'stderr' ? places.control : places.work, file.name),
    'utf8',
  )
  return text.includes(contains) ? [] : [`${name}: does not contain ${JSON.stringify(contains)}`]
}

function compareValue(
  name: string,
  { equals, near, within = 0, contains }: Expectation,
  values: readonly StoredResult[],
): readonly string[] {
  const plain = values.map(value => (typeof value === 'object' ? BigInt(value.integer) : value))
  const [first] = plain
  if (near !== undefined && !(Math.abs(Number(first) - near) <= within))
    return [`${name} = ${String(first)}; expected ${near} within ${within}`]
  if (equals !== undefined && String(first) !== String(equals))
    return [`${name} = ${String(first)}; expected ${String(equals)}`]
  if (contains !== undefined && !String(first).includes(contains))
    return [`${name} = ${JSON.stringify(String(first))}; does not contain ${JSON.stringify(contains)}`]
  return []
}
