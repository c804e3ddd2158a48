import { processorMs } from './process-figures.ts'

/** Requests that the load generator is to send. Plain data: it goes to another process. */
export interface LoadJob {
  readonly port: number
  /** PEM: who calls, and the authority of the server's certificate. */
  readonly cert: string
  readonly key: string
  readonly ca: string
  /** The whole request, head and body, as it goes over the wire. */
  readonly request: string
  readonly status: number
  readonly count: number
  readonly inFlight: number
  /** A new connection for every request. */
  readonly fresh: boolean
  /** Process ids of those whose work is measured. */
  readonly watched: readonly number[]
}

/** What was seen of a number of requests or runs. */
export interface LoadResult {
  readonly count: number
  readonly seconds: number
  readonly p50Ms: number
  /** Milliseconds of processor time for each of the watched processes: its own, and that of children that ended. */
  readonly processor: readonly { readonly own: number; readonly reaped: number }[]
  /** Bytes of the last answer's body. */
  readonly length: number
}

export const medianOf = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2
}

/** Does something `count` times, so many at once, and takes the times. `once` resolves with the bytes of its answer. */
export async function repeat(
  { count, inFlight, watched }: Pick<LoadJob, 'count' | 'inFlight' | 'watched'>,
  once: (lane: number) => Promise<number>,
): Promise<LoadResult> {
  const times: number[] = []
  let begun = 0
  let length = 0
  const before = await Promise.all(watched.map(processorMs))
  const start = performance.now()
  const lane = async (_: unknown, n: number): Promise<void> => {
    while (begun < count) {
      begun += 1
      const from = performance.now()
      length = await once(n)
      times.push(performance.now() - from)
    }
  }
  await Promise.all(Array.from({ length: inFlight }, lane))
  const seconds = (performance.now() - start) / 1000
  const after = await Promise.all(watched.map(processorMs))
  const processor = after.map(({ own, reaped }, i) => ({
    own: own - (before[i]?.own ?? 0),
    reaped: reaped - (before[i]?.reaped ?? 0),
  }))
  return { count, seconds, p50Ms: medianOf(times), processor, length }
}
