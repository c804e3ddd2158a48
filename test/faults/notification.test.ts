import { readFile } from 'node:fs/promises'
import { describe, expect, test, vi } from 'vitest'
import { wallClock } from '../../src/core/clock.ts'
import type { CrashPoint } from '../../src/core/crash-point.ts'
import { delay } from '../../src/core/deadline.ts'
import { databaseFile, Store } from '../../src/store/store.ts'
import { childElements, textOf, type XmlElement } from '../../src/xml/tree.ts'
import { OgsiClient } from '../compliance/ogsi/ogsi-client.ts'
import { NotificationSink } from '../support/notification-sink.ts'
import { openStore } from './invariants.ts'
import { persistently } from './persistently.ts'
import { WitnessSite } from './witness-site.ts'

vi.setConfig({ testTimeout: 240_000 })

const configuration = { notification: '{allow: 127.0.0.1, timeout: 2s}' }

const sequenceOf = (message: XmlElement): readonly number[] =>
  childElements(message)
    .filter(one => one.local === 'event')
    .map(one => Number(textOf(childElements(one).find(member => member.local === 'sequence') as XmlElement)))

/** What a sink was told, each event once, in the order in which it heard of them first. */
const heard = (sink: NotificationSink): readonly number[] => [...new Set(sink.messages.flatMap(sequenceOf))]

/** Subscribes to all that happens to a job. */
async function subscribe(witness: WitnessSite, job: string, url: string): Promise<void> {
  using connection = witness.site.connect()
  const body = `<o:subscribe><o:subscriptionExpression><o:subscribeByServiceDataNames><o:name>j:event</o:name></o:subscribeByServiceDataNames></o:subscriptionExpression><o:sink><o:handle>${url}</o:handle></o:sink><o:expirationTime>infinity</o:expirationTime></o:subscribe>`
  await persistently('subscribe', () => new OgsiClient(connection).call(job, body))
}

/** What happened to a job, by the log itself. */
function logged(witness: WitnessSite, id: string, since: number): readonly number[] {
  using db = openStore(witness)
  return db
    .prepare('SELECT seq FROM event WHERE instance = ? AND seq > ? ORDER BY seq')
    .pluck()
    .all(id, since) as number[]
}

/** A process of the container; the courier is the keeper's child. Undefined: it is just being started. */
async function processOf(witness: WitnessSite, role: 'keeper' | 'front-end' | 'courier'): Promise<number | undefined> {
  const own = await witness.site.processes()
  if (role !== 'courier') return own.find(one => one.role === role)?.pid
  const keeper = own.find(one => one.role === 'keeper')?.pid
  const children = await readFile(`/proc/${keeper}/task/${keeper}/children`, 'utf8').catch(() => '')
  for (const pid of children.split(' ').filter(Boolean)) {
    const line = await readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '')
    if (line.includes('\0courier\0')) return Number(pid)
  }
  return undefined
}

/** Something happens to a job, many times. */
async function happen(witness: WitnessSite, id: string, times: number): Promise<void> {
  await using store = new Store(databaseFile(witness.site.data))
  for (let done = 0; done < times; done += 500)
    await Promise.all(
      Array.from({ length: Math.min(500, times - done) }, (_, n) =>
        store.instances.write('labelInstance', { id, label: `${done + n}`, now: wallClock() }),
      ),
    )
}

describe.each<CrashPoint>(['keeper.notify.after-post', 'keeper.notify.before-commit'])('killed at %s', point => {
  test('a sink hears of everything, in order', async () => {
    await using sink = await NotificationSink.start()
    await using witness = await WitnessSite.start({ configuration }, folder => ({
      GRIDWRAP_CRASH_AT: point,
      GRIDWRAP_CRASH_AFTER: '2',
      GRIDWRAP_CRASH_ONCE: `${folder}/killed`,
    }))
    const job = await witness.submit({ gate: 'gate' })
    await witness.until(job, 'Active')
    await subscribe(witness, job.handle, sink.url)
    const [before = 0] = logged(witness, job.id, 0).slice(-1)
    for (let n = 0; n < 10; n++) await happen(witness, job.id, 1)
    await witness.open('gate')
    await witness.until(job, 'Done')
    const all = logged(witness, job.id, before)
    await sink.until(() => heard(sink).length >= all.length)
    expect(heard(sink)).toEqual(all)
    // What was told when it was killed was told again.
    expect(sink.messages.flatMap(sequenceOf).length).toBeGreaterThan(all.length)
  })
})

test('10,000 events, a sink that is down, and kills of every part: everybody hears of everything, in order', async () => {
  await using steady = await NotificationSink.start()
  await using witness = await WitnessSite.start({ configuration })
  const job = await witness.submit({ gate: 'gate' })
  const other = await witness.submit({ gate: 'never' })
  await witness.until(job, 'Active')
  const down = await NotificationSink.start()
  const { port, url } = down
  await subscribe(witness, job.handle, steady.url)
  await subscribe(witness, job.handle, url)
  await down[Symbol.asyncDispose]()
  const [before = 0] = logged(witness, job.id, 0).slice(-1)
  const happening = happen(witness, job.id, 10_000)
  for (const victim of ['keeper', 'front-end', 'courier', 'keeper', 'everybody'] as const) {
    await delay(700)
    if (victim === 'everybody') {
      await witness.site.kill()
      await witness.site.startContainer()
      continue
    }
    const pid = await processOf(witness, victim)
    if (pid !== undefined) process.kill(pid, 'SIGKILL')
  }
  await happening
  // Another job's events are nobody's here.
  await happen(witness, other.id, 10)
  await using up = await NotificationSink.start(port)
  await witness.open('gate')
  await witness.until(job, 'Done')
  const all = logged(witness, job.id, before)
  expect(all.length).toBeGreaterThan(10_000)
  for (const sink of [steady, up]) {
    await sink.until(() => heard(sink).length >= all.length)
    expect(heard(sink)).toEqual(all)
  }
  await witness.call('cancel', {}, other.handle)
})
