import { GridwrapError } from '../../../src/core/errors.ts'

/** The GridwrapError that some work ends with; anything else that it throws goes on. */
export async function refusal(work: () => unknown): Promise<GridwrapError> {
  let result: unknown
  try {
    result = await work()
  } catch (thrown) {
    if (thrown instanceof GridwrapError) return thrown
    throw thrown
  }
  throw new Error(`not refused: ${String(JSON.stringify(result)).slice(0, 200)}`)
}
