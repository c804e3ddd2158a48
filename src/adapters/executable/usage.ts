import { stat } from 'node:fs/promises'
import { monotonic } from '../../core/clock.ts'
import { directorySize } from '../../files/directory-size.ts'
import type { AttemptSpec, Usage } from '../adapter.ts'
import { streamFile } from './attempt-files.ts'
import { type ProcessRow, pageBytes, peakBytes, ticksPerSecond } from './process-table.ts'

/** The directory of a running program is measured at most so often (ms), and so that it takes a twentieth of the time. */
const diskPause = 5000
const diskShare = 20
/** A hundred thousand of these would mean that nobody asked for their attempts' end; then the measures are forgotten. */
const mostRemembered = 10_000

interface DiskMeasure {
  readonly bytes: number
  readonly nextAt: number
}

/** Adds up what the processes of an attempt use. Remembers only when each working directory was last measured. */
export class UsageSampler {
  readonly #disks = new Map<string, DiskMeasure>()

  async sample(spec: AttemptSpec, members: readonly ProcessRow[], memoryBounded: boolean): Promise<Usage> {
    const sum = (of: (row: ProcessRow) => number): number => members.reduce((total, row) => total + of(row), 0)
    const streams = await Promise.all(
      (['stdout', 'stderr'] as const).map(name => sizeOf(streamFile(spec.controlDirectory, name))),
    )
    const memoryBytes = sum(row => row.residentPages) * pageBytes
    return {
      cpuSeconds: sum(row => row.ticks) / ticksPerSecond,
      memoryBytes,
      peakMemoryBytes: Math.max(memoryBytes, ...members.map(peakBytes)),
      diskBytes: await this.#diskBytes(spec.workDirectory),
      outputBytes: Math.max(...streams),
      processes: members.length,
      memoryBounded,
      measured: 'sampled',
    }
  }

  async #diskBytes(directory: string): Promise<number> {
    const last = this.#disks.get(directory)
    const began = monotonic()
    if (last !== undefined && began < last.nextAt) return last.bytes
    const bytes = await directorySize(directory)
    const took = monotonic() - began
    if (this.#disks.size > mostRemembered) this.#disks.clear()
    this.#disks.set(directory, { bytes, nextAt: began + took + Math.max(diskPause, took * diskShare) })
    return bytes
  }
}

const sizeOf = async (path: string): Promise<number> => {
  try {
    return (await stat(path)).size
  } catch {
    return 0
  }
}
