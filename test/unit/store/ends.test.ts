import { describe, expect, test } from 'vitest'
import { alice, begin, end, finish, newInstance, received, StoreGround } from './store-ground.ts'

const seen = { after: 1000, before: null }

describe('destroying', () => {
  test('answers "ended" from then on, and leaves a tombstone when all is taken away', async () => {
    await using ground = await StoreGround.make()
    const uploads = [{ name: 'a', input: 'a', position: 0 }]
    const id = await ground.create({ storedBytes: 5, requestId: 'r', label: 'l', inputs: '{"secret":"x"}', uploads })
    expect(await ground.write('destroyInstance', { id, now: 9000, why: 'asked' })).toEqual({ done: true })
    expect(await ground.write('destroyInstance', { id, now: 9500, why: 'expired' })).toEqual({ done: false })
    expect((await ground.store.instances.unclean(10)).map(row => row.id)).toEqual([id])
    await ground.write('markCleaned', { id, now: 9600 })
    await ground.write('markCleaned', { id, now: 9600 })
    expect(ground.row(id)).toMatchObject({
      id,
      owner: alice,
      application: 'needle',
      destroyed: 9000,
      ended: 9000,
      state: 'Canceled',
      cleaned: 1,
      inputs: null,
      results: null,
      request_id: 'r',
      stored_bytes: 0,
    })
    expect(ground.usage(alice)).toEqual({ instances: 0, stored_bytes: 0 })
    expect(await ground.store.instances.unclean(10)).toEqual([])
    expect(await ground.store.instances.uploads(id)).toEqual([])
    expect(ground.events(id)).toEqual(['Pending', 'destroyed'])
  })

  test('keeps the final state of what had one', async () => {
    await using ground = await StoreGround.make()
    const id = await ground.create()
    await ground.write('beginAttempt', begin(ground.row(id)))
    await ground.write('endAttempt', end(id))
    await ground.write('finishInstance', finish(id, { state: 'Failed' }))
    await ground.write('destroyInstance', { id, now: 9000, why: 'asked' })
    await ground.write('markCleaned', { id, now: 9000 })
    expect(ground.row(id)).toMatchObject({ state: 'Failed', ended: 3000 })
  })

  test('what is not destroyed is not cleaned', async () => {
    await using ground = await StoreGround.make()
    const id = await ground.create({ inputs: '{"a":1}' })
    await ground.write('markCleaned', { id, now: 1 })
    expect(ground.row(id)).toMatchObject({ inputs: '{"a":1}', cleaned: 0 })
  })
})

describe('lifetimes', () => {
  test('are set by who saw the window as it is', async () => {
    await using ground = await StoreGround.make()
    const id = await ground.create()
    const set = (before: number | null, from: typeof seen | { after: number; before: number }) =>
      ground.write('setLifetime', { id, after: 1000, before, seen: from, now: 1 })
    expect(await set(5000, seen)).toEqual({ done: true })
    expect(await set(6000, seen)).toEqual({ done: false })
    expect(await set(null, { after: 1000, before: 5000 })).toEqual({ done: true })
    expect(ground.row(id)).toMatchObject({ terminate_before: null, lifetime_set: 1 })
    expect(ground.events(id)).toEqual(['Pending', 'lifetime', 'lifetime'])
  })

  test('that were set stay when the program ends', async () => {
    await using ground = await StoreGround.make()
    const id = await ground.create()
    await ground.write('setLifetime', { id, after: 1000, before: 77_777, seen, now: 1 })
    await ground.write('beginAttempt', begin(ground.row(id)))
    await ground.write('endAttempt', end(id))
    await ground.write('finishInstance', finish(id))
    expect(ground.row(id).terminate_before).toBe(77_777)
  })

  test('are over at the time, the earliest first, and only those', async () => {
    await using ground = await StoreGround.make()
    const ids = [await due(ground, 30), await due(ground, 10), await due(ground, 20)]
    await due(ground, 40)
    await ground.create()
    expect(await ground.store.instances.nextDue()).toBe(10)
    expect(await ground.write('sweepExpired', { now: 9, most: 10 })).toEqual([])
    expect(await ground.write('sweepExpired', { now: 30, most: 2 })).toEqual([ids[1], ids[2]])
    expect(await ground.write('sweepExpired', { now: 30, most: 2 })).toEqual([ids[0]])
    expect(await ground.write('sweepExpired', { now: 30, most: 2 })).toEqual([])
    expect(await ground.store.instances.nextDue()).toBe(40)
  })
})

describe('extending', () => {
  test('moves an end further off, never nearer', async () => {
    await using ground = await StoreGround.make()
    const [near, far] = [
      await ground.create({ terminateBefore: 9000 }),
      await ground.create({ terminateBefore: 99_000 }),
    ]
    for (const id of [near, far]) await ground.write('extendLifetime', { id, seconds: 20, now: 1000 })
    expect(ground.row(near).terminate_before).toBe(21_000)
    expect(ground.row(far).terminate_before).toBe(99_000)
  })

  test('gives what has no end yet none, but more time after it', async () => {
    await using ground = await StoreGround.make()
    const id = await ground.create({ keepSeconds: 60 })
    await ground.write('extendLifetime', { id, seconds: 2, now: 1000 })
    expect(ground.row(id)).toMatchObject({ terminate_before: null, keep_seconds: 60 })
    await ground.write('extendLifetime', { id, seconds: 600, now: 1000 })
    expect(ground.row(id)).toMatchObject({ terminate_before: null, keep_seconds: 600 })
  })
})

describe('uploads', () => {
  const uploads = [
    { name: 'a', input: 'a', position: 0 },
    { name: 'b', input: 'b', position: 0 },
  ]

  test('let an instance into the queue when all are there, and what waited has no end any more', async () => {
    await using ground = await StoreGround.make()
    const id = await ground.create({ state: 'StageIn', uploads, terminateBefore: 9000, storedBytes: 1 })
    expect(await ground.write('receiveUpload', received(id, 'a', 10))).toEqual({
      outcome: 'received',
      state: 'StageIn',
    })
    // The same file again replaces the first.
    expect(await ground.write('receiveUpload', received(id, 'a', 30))).toEqual({
      outcome: 'received',
      state: 'StageIn',
      replaced: 'a.10',
    })
    expect(await ground.write('receiveUpload', received(id, 'c', 1))).toEqual({ outcome: 'too-late' })
    expect(await ground.write('receiveUpload', received(id, 'b', 5, { now: 77 }))).toEqual({
      outcome: 'received',
      state: 'Pending',
    })
    expect(await ground.write('receiveUpload', received(id, 'b', 5, { now: 78 }))).toEqual({ outcome: 'too-late' })
    expect(ground.row(id)).toMatchObject({ queued: 77, stored_bytes: 36, terminate_before: null })
    expect(ground.usage(alice)).toEqual({ instances: 1, stored_bytes: 36 })
    expect(ground.events(id)).toEqual(['StageIn', 'upload', 'upload', 'Pending'])
  })

  test('to one that is not started wait for that', async () => {
    await using ground = await StoreGround.make()
    const id = await ground.create({ state: 'Unsubmitted', want: 'hold', uploads: uploads.slice(0, 1) })
    expect(await ground.write('receiveUpload', received(id, 'a', 10))).toEqual({
      outcome: 'received',
      state: 'Unsubmitted',
    })
    expect(await ground.write('desire', { id, want: 'run', from: ['Unsubmitted'], now: 1 })).toEqual({
      done: true,
      state: 'Pending',
    })
  })

  test('beyond what their owner may store are refused, and change nothing', async () => {
    await using ground = await StoreGround.make()
    const id = await ground.create({ state: 'StageIn', uploads, storedBytes: 50 })
    const quota = { waiting: 1, instances: 1, storedBytes: 100 }
    const refused = { outcome: 'over-quota', limit: 'stored', allowed: 100 }
    expect(await ground.write('receiveUpload', received(id, 'a', 51, { quota }))).toEqual(refused)
    expect(ground.usage(alice)).toEqual({ instances: 1, stored_bytes: 50 })
    expect(await ground.write('receiveUpload', received(id, 'a', 50, { quota }))).toMatchObject({ state: 'StageIn' })
    // One that takes the place of another counts only for what it has more.
    expect(await ground.write('receiveUpload', received(id, 'a', 40, { quota }))).toMatchObject({ replaced: 'a.50' })
    expect(ground.usage(alice)).toEqual({ instances: 1, stored_bytes: 90 })
  })

  test('to one that is gone or over are refused', async () => {
    await using ground = await StoreGround.make()
    const id = await ground.create({ state: 'StageIn', uploads })
    await ground.write('desire', { id, want: 'cancel', from: ['StageIn'], now: 1 })
    expect(await ground.write('receiveUpload', received(id, 'a', 1))).toEqual({ outcome: 'too-late' })
  })
})

describe('services', () => {
  test('offer what was registered last; instances keep their description', async () => {
    await using ground = await StoreGround.make()
    const register = (digest: string) =>
      ground.write('registerApplication', {
        name: 's',
        digest,
        source: `source ${digest}`,
        origin: 'o',
        configured: false,
        now: 1,
      })
    expect(await register('1')).toEqual({ changed: true })
    expect(await register('1')).toEqual({ changed: false })
    expect(await register('2')).toEqual({ changed: true })
    expect(await register('1')).toEqual({ changed: true })
    expect(await ground.store.applications.service('s')).toMatchObject({ digest: '1' })
    expect(await ground.write('unregisterService', { name: 's', now: 1 })).toEqual({ existed: true })
    expect(await ground.write('unregisterService', { name: 's', now: 1 })).toEqual({ existed: false })
    expect(await ground.store.applications.byDigest('2')).toMatchObject({ source: 'source 2' })
    expect(ground.events('')).toEqual(['registered', 'registered', 'registered', 'unregistered'])
  })
})

describe('the lease', () => {
  const holder = (pid: number) => ({ host: 'h', bootId: 'b', pid, processStart: String(pid) })

  test('has one holder until it was seen dead', async () => {
    await using ground = await StoreGround.make()
    const ask = (pid: number, dead: ReturnType<typeof holder> | null) =>
      ground.write('acquireLease', { name: 'keeper:h', holder: holder(pid), dead })
    expect(await ask(1, null)).toEqual(holder(1))
    expect(await ask(2, null)).toEqual(holder(1))
    expect(await ask(2, holder(3))).toEqual(holder(1))
    expect(await ask(2, holder(1))).toEqual(holder(2))
    // Who saw the one before dead, too, and is late, does not get it.
    expect(await ask(4, holder(1))).toEqual(holder(2))
    expect(await ask(4, { ...holder(2), processStart: '9' })).toEqual(holder(2))
    expect(await ask(4, { ...holder(2), bootId: 'other' })).toEqual(holder(2))
  })
})

async function due(ground: StoreGround, before: number): Promise<string> {
  const { id } = newInstance()
  await ground.create({ id, terminateBefore: before, lifetimeSet: true })
  return id
}
