import { expect, test } from 'vitest'
import { alice, newInstance, StoreGround } from './store-ground.ts'

test('an instance is there with its event and its place in the queue', async () => {
  await using ground = await StoreGround.make()
  const id = await ground.create({ storedBytes: 7, now: 5 })
  expect(ground.row(id)).toMatchObject({ state: 'Pending', want: 'run', version: 1, queued: 5, terminate_before: null })
  expect(ground.events(id)).toEqual(['Pending'])
  expect(ground.usage(alice)).toEqual({ instances: 1, stored_bytes: 7 })
  expect(ground.row(await ground.create({ state: 'StageIn' })).queued).toBeNull()
})

test('a repeated request id finds the first instance, of the same owner only', async () => {
  await using ground = await StoreGround.make()
  const id = await ground.create({ requestId: 'r', requestDigest: 'x' })
  const again = { requestId: 'r', requestDigest: 'x' }
  expect(await ground.write('createInstance', newInstance(again))).toEqual({ outcome: 'repeated', id })
  expect(await ground.write('createInstance', newInstance({ ...again, requestDigest: 'y' }))).toEqual({
    outcome: 'other-inputs',
    id,
  })
  expect(await ground.write('createInstance', newInstance({ ...again, owner: 'gsi:/CN=Bob' }))).toEqual({
    outcome: 'created',
  })
  expect(await ground.write('createInstance', newInstance())).toEqual({ outcome: 'created' })
})

test('a hundred repeats at once, from two stores, make one instance', async () => {
  await using ground = await StoreGround.make()
  const { Store } = await import('../../../src/store/store.ts')
  await using other = new Store(ground.file)
  const outcomes = await Promise.all(
    Array.from({ length: 100 }, (_, n) =>
      (n % 2 === 0 ? ground.store : other).writer.run('createInstance', newInstance({ requestId: 'r' })),
    ),
  )
  expect(outcomes.filter(({ outcome }) => outcome === 'created')).toHaveLength(1)
  expect(new Set(outcomes.flatMap(one => (one.outcome === 'repeated' ? [one.id] : []))).size).toBe(1)
})

test('a repeat is found when the quota is used up', async () => {
  await using ground = await StoreGround.make()
  const quota = { waiting: 1, instances: 1, storedBytes: 1 }
  const id = await ground.create({ requestId: 'r', quota, storedBytes: 1 })
  expect(await ground.write('createInstance', newInstance({ requestId: 'r', quota }))).toEqual({
    outcome: 'repeated',
    id,
  })
})

test.for([
  { limit: 'waiting', quota: { waiting: 2, instances: 9, storedBytes: 900 }, allowed: 2 },
  { limit: 'instances', quota: { waiting: 9, instances: 2, storedBytes: 900 }, allowed: 2 },
  { limit: 'stored', quota: { waiting: 9, instances: 9, storedBytes: 200 }, allowed: 200 },
] as const)('the quota of $limit refuses the third, and says what is allowed', async ({ limit, quota, allowed }) => {
  await using ground = await StoreGround.make()
  for (let n = 0; n < 2; n++) await ground.create({ quota, storedBytes: 100 })
  const refused = newInstance({ quota })
  expect(await ground.write('createInstance', refused)).toEqual({ outcome: 'over-quota', limit, allowed })
  expect(ground.row(refused.id)).toBeUndefined()
  expect(ground.events(refused.id)).toEqual([])
  expect(await ground.write('createInstance', newInstance({ quota, owner: 'gsi:/CN=Bob' }))).toEqual({
    outcome: 'created',
  })
})

test('quotas hold for a hundred who ask at once', async () => {
  await using ground = await StoreGround.make()
  const quota = { waiting: 10, instances: 1000, storedBytes: 1e9 }
  const outcomes = await Promise.all(
    Array.from({ length: 100 }, () => ground.write('createInstance', newInstance({ quota }))),
  )
  expect(outcomes.filter(({ outcome }) => outcome === 'created')).toHaveLength(10)
})

test('what fails in the middle leaves nothing, and harms none that is committed with it', async () => {
  await using ground = await StoreGround.make()
  // The same upload twice breaks a key, after the instance was inserted.
  const upload = { name: 'a', input: 'a', position: 0 }
  const bad = newInstance({ uploads: [upload, upload], storedBytes: 5 })
  const [first, broken, last] = await Promise.allSettled([
    ground.create(),
    ground.write('createInstance', bad),
    ground.create(),
  ])
  expect([first.status, broken.status, last.status]).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  expect(ground.row(bad.id)).toBeUndefined()
  expect(ground.events(bad.id)).toEqual([])
  expect(ground.usage(alice)).toEqual({ instances: 2, stored_bytes: 0 })
})

test('what an instance itself would store counts', async () => {
  await using ground = await StoreGround.make()
  const quota = { waiting: 9, instances: 9, storedBytes: 100 }
  const refused = { outcome: 'over-quota', limit: 'stored', allowed: 100 }
  expect(await ground.write('createInstance', newInstance({ quota, storedBytes: 101 }))).toEqual(refused)
  expect(await ground.write('createInstance', newInstance({ quota, storedBytes: 100 }))).toEqual({ outcome: 'created' })
})

test('a request id is not forgotten with its instance: late repeats run nothing', async () => {
  await using ground = await StoreGround.make()
  const id = await ground.create({ requestId: 'r' })
  await ground.write('destroyInstance', { id, now: 1, why: 'asked' })
  await ground.write('markCleaned', { id, now: 1 })
  expect(await ground.write('createInstance', newInstance({ requestId: 'r' }))).toEqual({ outcome: 'repeated', id })
})
