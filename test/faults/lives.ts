import { expect } from 'vitest'
import { hasEnded, type WitnessSite } from './witness-site.ts'

/** One job from its submission to the end that its owner asked for, with answers lost on the way. */
export type Life = (witness: WitnessSite, name: string) => Promise<void>

const short: Life = async (witness, name) => {
  const job = await witness.submit({ name })
  await witness.until(job, 'Done')
}

const withUpload: Life = async (witness, name) => {
  const job = await witness.submit({ name, note: { upload: true } })
  await witness.put(job, 'a note')
  await witness.until(job, 'Done')
}

const created: Life = async (witness, name) => {
  const job = await witness.create(name)
  const late = { note: { content: Buffer.from('a note that comes with the start') } }
  await witness.callOnce('start', late, job.handle, 'not-ready')
  await witness.until(job, 'Done')
}

const withLargeFile: Life = async (witness, name) => {
  // More than is held in memory while a request is read.
  const job = await witness.submit({ name, note: { content: Buffer.alloc(300_000, 'x') } })
  await witness.until(job, 'Done')
}

const cancelled: Life = async (witness, name) => {
  const job = await witness.submit({ name, gate: 'never' })
  await witness.until(job, 'Active')
  await witness.call('cancel', {}, job.handle)
  await witness.until(job, 'Canceled')
}

const suspended: Life = async (witness, name) => {
  const job = await witness.submit({ name, gate: name })
  await witness.until(job, 'Active')
  await witness.call('suspend', {}, job.handle)
  await witness.until(job, 'Suspended')
  await witness.open(name)
  await witness.callOnce('resume', {}, job.handle, 'not-ready')
  await witness.until(job, 'Done')
}

const destroyed: Life = async (witness, name) => {
  const job = await witness.submit({ name, gate: 'never' })
  await witness.until(job, 'Active')
  await witness.callOnce('destroy', {}, job.handle, 'not-found')
  expect(await witness.status(job)).toBe('ended')
}

const expiring: Life = async (witness, name) => {
  // Asked again after an answer that was lost, the container may find that the time of the job is over already.
  const job = await witness.submit({ name, options: { keepSeconds: 1 } }).catch((error: unknown) => {
    if (!hasEnded(error)) throw error
  })
  if (job !== undefined) await witness.until(job, 'ended')
}

/** Jobs of every kind: together they pass every crash point. */
export const lives: readonly Life[] = [
  short,
  created,
  withUpload,
  withLargeFile,
  cancelled,
  suspended,
  destroyed,
  expiring,
]
