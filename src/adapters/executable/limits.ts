import type { Limits } from '../../application/model.ts'
import { formatDuration, formatSize } from '../../core/quantities.ts'
import type { Usage } from '../adapter.ts'

/** A limit that an attempt has passed, and a sentence for its owner. */
export interface PassedLimit {
  readonly limit: 'time' | 'memory' | 'disk' | 'output' | 'processes'
  readonly sentence: string
}

/**
 * The first limit that an attempt has passed, if any. Pure. `startedAt` and `now` are milliseconds of the same clock.
 * `cores` is no limit that looking can enforce: control groups do, and to batch systems it is a request.
 */
export function checkLimits(
  limits: Limits,
  usage: Usage | undefined,
  startedAt: number,
  now: number,
): PassedLimit | undefined {
  const seconds = (now - startedAt) / 1000
  if (limits.time !== undefined && seconds > limits.time) {
    return passed('time', `ran longer than ${formatDuration(limits.time)}`)
  }
  if (usage === undefined) return undefined
  // Memory that processes share is counted for each of them here: where the kernel bounds it, it knows better.
  if (limits.memory !== undefined && !usage.memoryBounded && usage.memoryBytes > limits.memory) {
    return passed('memory', `used ${formatSize(usage.memoryBytes)} of memory; ${formatSize(limits.memory)} are allowed`)
  }
  if (limits.disk !== undefined && usage.diskBytes > limits.disk) {
    return passed('disk', `wrote ${formatSize(usage.diskBytes)} to disk; ${formatSize(limits.disk)} are allowed`)
  }
  if (limits.output !== undefined && usage.outputBytes > limits.output) {
    return passed('output', `printed ${formatSize(usage.outputBytes)}; ${formatSize(limits.output)} are allowed`)
  }
  if (limits.processes !== undefined && usage.processes > limits.processes) {
    return passed('processes', `ran ${usage.processes} processes at once; ${limits.processes} are allowed`)
  }
  return undefined
}

/** Of a program that the kernel has ended for it. */
export const memoryOverrun = (allowed: number): string =>
  passed('memory', `wanted more than the ${formatSize(allowed)} of memory that are allowed`).sentence

const passed = (limit: PassedLimit['limit'], what: string): PassedLimit => ({
  limit,
  sentence: `The program ${what}, so it was ended (limit: ${limit}).`,
})

/** What `ulimit -f` takes for the largest file a program may write (units of 512 bytes, POSIX). */
export function fileSizeBlocks(limits: Limits): string {
  // Without a limit of disk a result may be of any size, and standard output with it: then only sampling bounds it.
  if (limits.disk === undefined) return 'unlimited'
  return String(Math.ceil(Math.max(limits.disk, limits.output ?? 0) / 512))
}
