import { type Amount, smallFile } from './amount.ts'
import { globusUrlCopy, gridwrapCp, type Journey } from './clients.ts'
import type { GridFtpStand, Taken } from './stand.ts'

export interface Subject {
  readonly name: string
  move(part: 'whole' | 'tenth'): Promise<Taken>
}

/** One journey: by Globus at both ends, and with each of the ends in turn replaced by ours. */
export interface Row {
  readonly name: string
  /** What a second's work is counted in, and how much of it the whole is. */
  readonly unit: string
  readonly amount: number
  readonly ours: readonly Subject[]
  readonly globus: Subject
}

export function rowsOf(stand: GridFtpStand, { bytes, files }: Amount): readonly Row[] {
  const row = (journey: Journey): Row => ({
    name: nameOf(journey),
    ...(journey.what === 'large' ? { unit: 'MiB/s', amount: bytes / 1024 ** 2 } : { unit: 'files/s', amount: files }),
    ours: [
      { name: 'client', move: part => stand.move(gridwrapCp, stand.globus, journey, part) },
      { name: 'server', move: part => stand.move(globusUrlCopy, stand.own, journey, part) },
    ],
    globus: { name: 'globus', move: part => stand.move(globusUrlCopy, stand.globus, journey, part) },
  })
  return [...large('get', '/dev/null'), ...large('put', 'file'), ...others].map(row)
}

function large(direction: 'get' | 'put', into: Journey['into']): readonly Journey[] {
  const kinds = [
    { streams: 1, protection: 'clear' },
    { streams: 4, protection: 'clear' },
    { streams: 1, protection: 'private' },
    { streams: 4, protection: 'private' },
  ] as const
  return kinds.map(kind => ({ direction, into, what: 'large', ...kind }))
}

const plain = { streams: 1, protection: 'clear', into: 'file' } as const
const others: readonly Journey[] = [
  { direction: 'get', what: 'large', ...plain },
  { direction: 'get', what: 'small', ...plain },
  { direction: 'put', what: 'small', ...plain },
]

function nameOf({ direction, what, streams, protection, into }: Journey): string {
  if (what === 'small') return `${direction}, files of ${smallFile / 1024} KiB, 4 at once`
  const place = direction === 'put' ? '' : into === 'file' ? ' to a file' : ' to /dev/null'
  return `${direction}${place}, ${streams === 1 ? '1 stream' : `${streams} streams`}, ${protection}`
}
