import { Readable } from 'node:stream'
import type { JobRef } from '../src/factory/job-status.ts'
import { medianOf } from './load-job.ts'
import { forgetPeak, residentBytes } from './process-figures.ts'
import type { Stand } from './stand.ts'

/** How far the front end's resident memory rose above its rest while something went through it. Bytes. */
export interface Growth {
  readonly what: string
  readonly bytes: number
  readonly resting: number
  readonly growth: number
}

const inlineBytes = 10 * 1024 * 1024
const putBytes = 256 * 1024 * 1024
const chunk = Buffer.alloc(64 * 1024, 'gridwrap ')

const transfers = [
  { what: '10 MiB inline in (submit)', bytes: inlineBytes },
  { what: '10 MiB inline out (getResults)', bytes: inlineBytes },
  { what: '256 MiB by PUT', bytes: putBytes },
] as const

/** Row 5: one transfer at a time, in every round. The peak is the kernel's; the rest is what was there before the first. */
export async function memoryRows({ site, connection, frontEnd }: Stand, rounds: number): Promise<readonly Growth[]> {
  const copy = await site.service('copy', connection)
  const patient = await site.service('patient', connection)
  const resting = (await residentBytes(frontEnd)).now
  const seen = transfers.map((): number[] => [])
  const during = async <T>(transfer: number, work: () => Promise<T>): Promise<T> => {
    await forgetPeak(frontEnd)
    const value = await work()
    seen[transfer]?.push(Math.max(0, (await residentBytes(frontEnd)).peak - resting))
    return value
  }
  const content = Buffer.alloc(inlineBytes, 'gridwrap ')
  for (let round = 0; round < rounds; round++) {
    const options = { inlineBytes: BigInt(inlineBytes) }
    const { job } = await during(0, () => copy.call<{ job: JobRef }>('submit', { data: { content }, options }))
    await copy.call('waitFor', { seconds: 60 }, job.handle)
    const { results } = await during(1, () =>
      copy.call<{ results: { copied: { content?: Uint8Array } } }>('getResults', {}, job.handle),
    )
    if (results.copied.content?.length !== inlineBytes) throw new Error('The file did not come back inline.')
    await copy.call('destroy', {}, job.handle)
    const upload = { upload: true }
    const { job: waiting } = await patient.call<{ job: JobRef }>('submit', { first: upload, second: upload })
    await during(2, () => put(waiting.upload?.[0]?.url ?? ''))
    await patient.call('destroy', {}, waiting.handle)
  }
  return transfers.map((transfer, i) => ({ ...transfer, resting, growth: medianOf(seen[i] ?? []) }))

  async function put(url: string): Promise<void> {
    const body = Readable.from(Array.from({ length: putBytes / chunk.length }, () => chunk))
    const answer = await connection.send('PUT', url, { 'Content-Length': String(putBytes) }, body)
    answer.body.resume()
    if (answer.status !== 201) throw new Error(`The PUT was answered with ${answer.status}.`)
  }
}
