import { wallClock } from '../core/clock.ts'
import { formatDuration, formatSize } from '../core/quantities.ts'
import { measuredHow, type ResourceUse } from '../core/resource-use.ts'
import type { InstanceRow } from '../store/rows.ts'

/** A Usage of wsdl/job.xsd. */
export interface JobUsage {
  readonly attempts: number
  readonly seconds?: number
  readonly storedBytes: bigint
  readonly processorSeconds?: number
  readonly peakMemoryBytes?: bigint
  readonly readBytes?: bigint
  readonly writtenBytes?: bigint
  readonly measured?: string
}

/** What an instance has used by now. Pure but for the clock. */
export function jobUsage(row: InstanceRow): JobUsage {
  return {
    attempts: row.attempts,
    ...(row.started === null ? {} : { seconds: ((row.ended ?? wallClock()) - row.started) / 1000 }),
    storedBytes: BigInt(row.stored_bytes),
    ...(row.used === null ? {} : usageOf(JSON.parse(row.used) as ResourceUse)),
  }
}

/** The figures of it, in the contract's words. Pure. */
export function usageOf(used: ResourceUse): Omit<JobUsage, 'attempts' | 'storedBytes'> {
  const bytes = (name: 'peakMemoryBytes' | 'readBytes' | 'writtenBytes'): object =>
    used[name] === undefined ? {} : { [name]: BigInt(used[name]) }
  return {
    ...(used.cpuSeconds === undefined ? {} : { processorSeconds: used.cpuSeconds }),
    ...bytes('peakMemoryBytes'),
    ...bytes('readBytes'),
    ...bytes('writtenBytes'),
    measured: measuredHow(used),
  }
}

/** `12.3 s of processor time, at most 45.0 MB of memory, 3.0 MB read, 1.0 MB written`; undefined when nothing is known. Pure. */
export function usageText({
  processorSeconds,
  peakMemoryBytes,
  readBytes,
  writtenBytes,
}: Omit<JobUsage, 'attempts' | 'storedBytes'>): string | undefined {
  const size = (bytes: bigint): string => formatSize(Number(bytes))
  const parts = [
    processorSeconds === undefined ? undefined : `${processorText(processorSeconds)} of processor time`,
    peakMemoryBytes === undefined ? undefined : `at most ${size(peakMemoryBytes)} of memory`,
    readBytes === undefined ? undefined : `${size(readBytes)} read`,
    writtenBytes === undefined ? undefined : `${size(writtenBytes)} written`,
  ].filter(part => part !== undefined)
  return parts.length === 0 ? undefined : parts.join(', ')
}

const processorText = (seconds: number): string => (seconds < 60 ? `${seconds.toFixed(2)} s` : formatDuration(seconds))
