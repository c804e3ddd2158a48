import { isOfThisBoot, readClaim } from '../adapters/executable/attempt-files.ts'
import { ticksPerSecond } from '../adapters/executable/process-table.ts'
import { sinceBoot } from '../core/this-host.ts'

/**
 * Milliseconds since the program of an attempt was started, by the clock that counts from the machine's boot: setting
 * the wall clock makes no program older. Undefined when the control directory names no program of this boot.
 */
export async function programAge(control: string): Promise<number | undefined> {
  const claim = await readClaim(control)
  if (claim.by !== 'wrapper' || claim.program === undefined || !isOfThisBoot(claim)) return undefined
  return sinceBoot() - (Number(claim.program.start) / ticksPerSecond) * 1000
}
