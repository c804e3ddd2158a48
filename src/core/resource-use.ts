/**
 * What a program has used, as far as it is known; a figure that is not known is absent. `measured` says of each how it was
 * found out: `counted` by the kernel for all processes that were waited for, `cgroup` for all that there were, `sampled` by
 * looking once a second.
 */
export interface ResourceUse {
  readonly cpuSeconds?: number
  readonly peakMemoryBytes?: number
  /** Read and written by system calls, on whatever file, pipe or cache: what a disk saw of it is less. */
  readonly readBytes?: number
  readonly writtenBytes?: number
  readonly measured: {
    readonly cpu?: Measure
    readonly memory?: Measure
    readonly files?: Measure
  }
}

export type Measure = 'counted' | 'cgroup' | 'sampled'

/** Of one run: what was seen while it lasted and what was known at its end, the better of each. Pure. */
export function completeUse(seen: ResourceUse | undefined, end: ResourceUse | undefined): ResourceUse | undefined {
  if (seen === undefined || end === undefined) return end ?? seen
  // What a control group has had at its peak counts the cache of its files, too: good enough where nobody saw anything.
  const cached = end.measured.memory === 'cgroup' && seen.peakMemoryBytes !== undefined
  const peak = cached ? seen.peakMemoryBytes : most(seen.peakMemoryBytes, end.peakMemoryBytes)
  return {
    ...seen,
    ...end,
    ...(peak === undefined ? {} : { peakMemoryBytes: peak }),
    measured: {
      ...seen.measured,
      ...end.measured,
      ...(cached && seen.measured.memory !== undefined ? { memory: seen.measured.memory } : {}),
    },
  }
}

/** Of several runs, one after the other. Pure. */
export function totalUse(uses: readonly ResourceUse[]): ResourceUse | undefined {
  return uses.reduce<ResourceUse | undefined>((total, one) => {
    if (total === undefined) return one
    const fields = {
      cpuSeconds: sum(total.cpuSeconds, one.cpuSeconds),
      peakMemoryBytes: most(total.peakMemoryBytes, one.peakMemoryBytes),
      readBytes: sum(total.readBytes, one.readBytes),
      writtenBytes: sum(total.writtenBytes, one.writtenBytes),
    }
    const known = Object.entries(fields).filter(([, value]) => value !== undefined)
    return { ...Object.fromEntries(known), measured: { ...total.measured, ...one.measured } }
  }, undefined)
}

const sum = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? (a ?? b) : a + b

const most = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? (a ?? b) : Math.max(a, b)

/** How it was measured, in words. Pure. */
export function measuredHow({ measured: { cpu, memory, files } }: ResourceUse): string {
  const figures = [
    ['processor', cpu],
    ['memory', memory],
    ['files', files],
  ] as const
  return figures.flatMap(([name, how]) => (how === undefined ? [] : [`${name} ${how}`])).join(', ')
}
