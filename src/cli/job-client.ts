import { text } from 'node:stream/consumers'
import type { HttpsConnection } from '../client/https-connection.ts'
import { plainError } from '../client/remote-fault.ts'
import type { ServiceProxy } from '../client/service-proxy.ts'
import { Unreachable } from '../core/connection-error.ts'
import { delay } from '../core/deadline.ts'
import { GridwrapError } from '../core/errors.ts'
import { formatSize } from '../core/quantities.ts'
import type { FileTransfer, JobRef, JobStatus } from '../factory/job-status.ts'
import { remember } from './history.ts'
import { openUpload, type PendingUpload, remoteParameters } from './input-words.ts'
import { ProgressLine } from './progress-line.ts'
import { say } from './terminal.ts'

const terminal = new Set(['Done', 'Failed', 'Canceled'])
/** How often a container that does not answer is asked again, once a second, while a job is waited for. */
const mostSilence = 60

/** Creates a job from `name=value` words, and uploads what is too large for a message. */
export async function createJob(
  proxy: ServiceProxy,
  words: readonly string[],
  options: Readonly<Record<string, unknown>>,
  connection: HttpsConnection,
): Promise<JobRef> {
  const { parameters, uploads } = await remoteParameters(proxy, 'submit', words)
  const { job } = await proxy.call<{ job: JobRef }>('submit', {
    ...parameters,
    ...(Object.keys(options).length > 0 ? { options } : {}),
  })
  const label = options['label']
  await remember({
    id: job.id,
    handle: job.handle,
    service: proxy.url,
    ...(typeof label === 'string' ? { label } : {}),
  })
  try {
    await uploadAll(job, uploads, connection)
  } catch (error) {
    const name = job.id.slice(0, 8)
    say(`Job ${job.handle} was made and waits for its files; gridwrap destroy ${name} removes it.`)
    throw error
  }
  return job
}

async function uploadAll(job: JobRef, uploads: readonly PendingUpload[], connection: HttpsConnection): Promise<void> {
  using line = new ProgressLine()
  const places = [...(job.upload ?? [])]
  for (const upload of uploads) {
    const index = places.findIndex(one => one.input === upload.input)
    const [place] = places.splice(index, 1)
    if (place === undefined) continue
    const body = openUpload(upload)
    let sent = 0
    body.on('data', chunk => {
      sent += chunk.length
      line.show(`${upload.input}: ${formatSize(sent)} of ${formatSize(upload.size)}`)
    })
    body.pause()
    const response = await connection.send(
      'PUT',
      place.url,
      { 'Content-Length': String(upload.size), 'Content-Type': 'application/octet-stream' },
      body,
    )
    const answer = await text(response.body)
    if (response.status >= 300) throw plainError(response.status, answer, place.url)
  }
}

export const hasEnded = ({ state }: JobStatus): boolean => terminal.has(state)

/** Outputs that could not be delivered, of a job that does nothing any more until it is told to. */
export function undelivered({ state, transfer = [] }: JobStatus): readonly FileTransfer[] {
  const busy = transfer.some(one => one.direction === 'out' && (one.state === 'waiting' || one.state === 'moving'))
  return state === 'StageOut' && !busy ? transfer.filter(one => one.state === 'failed') : []
}

/** Says what could not be delivered, and what to do. */
export function sayUndelivered(failed: readonly FileTransfer[], job: string): void {
  for (const { name, url, problem = '' } of failed) say(`${name} was not delivered to ${url}: ${problem}`)
  say(`gridwrap resume ${job} tries again; gridwrap cancel ${job} gives up; the results stay here either way.`)
}

/** Waits for the end of a job, showing how far it is; gives up after so many seconds with how it stands then. */
export async function waitForEnd(proxy: ServiceProxy, handle: string, seconds: number | undefined): Promise<JobStatus> {
  using line = new ProgressLine()
  const end = performance.now() + (seconds ?? Number.POSITIVE_INFINITY) * 1000
  let patience = mostSilence
  for (;;) {
    const pause = Math.max(0, Math.min(1, Math.ceil((end - performance.now()) / 1000)))
    try {
      const { status } = await proxy.call<{ status: JobStatus }>('waitFor', { seconds: pause }, handle)
      patience = mostSilence
      if (hasEnded(status) || undelivered(status).length > 0 || performance.now() >= end) return status
      line.show(describeProgress(status))
    } catch (error) {
      // A container that is started anew loses no job, so those who wait for one need not know.
      if (!isPassing(error) || patience === 0) throw error
      patience--
      line.show('The container does not answer; the job goes on. Trying again ...')
      await delay(1000)
    }
  }
}

const isPassing = (error: unknown): boolean =>
  error instanceof Unreachable || (error instanceof GridwrapError && error.code === 'busy')

function movingText({ direction, name, bytes = 0n, size }: FileTransfer): string {
  const of = size === undefined ? '' : ` of ${formatSize(Number(size))}`
  return `${direction === 'in' ? 'fetching' : 'delivering'} ${name}: ${formatSize(Number(bytes))}${of}`
}

export function describeProgress({
  state,
  percent,
  progress,
  queuePosition,
  started,
  transfer = [],
}: JobStatus): string {
  if (terminal.has(state)) return state
  const parts: string[] = [state]
  if (queuePosition !== undefined) parts.push(`number ${queuePosition} in the queue`)
  if (percent !== undefined) parts.push(`${percent.toFixed(0)} %`)
  if (progress !== undefined) parts.push(progress)
  parts.push(...transfer.flatMap(one => (one.state === 'moving' ? [movingText(one)] : [])).slice(0, 2))
  if (started !== undefined && percent === undefined)
    parts.push(`${Math.max(0, Math.round((Date.now() - started.getTime()) / 1000))} s`)
  return parts.join(' · ')
}
