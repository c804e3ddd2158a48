import { describe, expect, test } from 'vitest'
import { alice, begin, end, finish, StoreGround } from './store-ground.ts'

describe('an attempt', () => {
  test('goes from the queue to one end, and leaves one event a state', async () => {
    await using ground = await StoreGround.make()
    const id = await ground.create()
    expect(await ground.write('beginAttempt', begin(ground.row(id)))).toEqual({ number: 1 })
    await ground.write('markActive', { id, number: 1, started: 2100, now: 2200 })
    await ground.write('markActive', { id, number: 1, started: 2300, now: 2300 })
    await ground.write('markSuspension', { id, number: 1, suspended: true, at: 100, now: 2400 })
    await ground.write('markSuspension', { id, number: 1, suspended: true, at: 100, now: 2400 })
    await ground.write('markSuspension', { id, number: 1, suspended: false, at: 160, now: 2500 })
    expect(await ground.store.instances.attempts(id)).toMatchObject([{ held_ms: 60, held_since: null }])
    expect(await ground.write('endAttempt', end(id))).toEqual({ done: true })
    expect(await ground.write('endAttempt', end(id, 1, { exitCode: 9 }))).toEqual({ done: false })
    expect(await ground.write('finishInstance', finish(id))).toEqual({ done: true })
    expect(await ground.write('finishInstance', finish(id, { state: 'Failed' }))).toEqual({ done: false })
    expect(ground.row(id)).toMatchObject({ state: 'Done', started: 2100, ended: 3000, exit_code: 0, attempts: 1 })
    expect(ground.row(id).terminate_before).toBe(4000 + 60_000)
    expect(ground.events(id)).toEqual(['Pending', 'Active', 'Suspended', 'Active', 'StageOut', 'Done'])
  })

  test('is begun only on what its keeper saw', async () => {
    await using ground = await StoreGround.make()
    const id = await ground.create()
    const seen = ground.row(id)
    await ground.write('setLifetime', { id, after: 1, before: 2, seen: { after: 1000, before: null }, now: 1 })
    expect(await ground.write('beginAttempt', begin(seen))).toBeUndefined()
    expect(await ground.write('beginAttempt', begin(ground.row(id)))).toEqual({ number: 1 })
    // While one is open there is no other.
    expect(await ground.write('beginAttempt', begin(ground.row(id)))).toBeUndefined()
  })

  test.for(['cancel', 'destroy', 'another keeper'] as const)('is not begun after %s', async what => {
    await using ground = await StoreGround.make()
    const id = await ground.create()
    const seen = ground.row(id)
    if (what === 'cancel') await ground.write('desire', { id, want: 'cancel', from: ['Pending'], now: 1 })
    else if (what === 'destroy') await ground.write('destroyInstance', { id, now: 1, why: 'asked' })
    else await ground.write('beginAttempt', begin(seen))
    expect(await ground.write('beginAttempt', begin(seen))).toBeUndefined()
    expect(await ground.write('beginAttempt', begin(ground.row(id)))).toBeUndefined()
  })

  test('that never ran goes back to the queue, and the next has the next number', async () => {
    await using ground = await StoreGround.make()
    const id = await ground.create()
    await ground.write('beginAttempt', begin(ground.row(id)))
    expect(await ground.write('endAttempt', end(id, 1, { again: 'launch' }))).toEqual({ done: true })
    expect(ground.row(id).state).toBe('Pending')
    expect(await ground.write('beginAttempt', begin(ground.row(id)))).toEqual({ number: 2 })
    // Who comes late with the first changes nothing.
    expect(await ground.write('endAttempt', end(id, 1))).toEqual({ done: false })
    await ground.write('markActive', { id, number: 1, started: 1, now: 1 })
    expect(ground.row(id).state).toBe('Pending')
  })

  test('that never ran, of one that was canceled meanwhile, ends it', async () => {
    await using ground = await StoreGround.make()
    const id = await ground.create()
    await ground.write('beginAttempt', begin(ground.row(id)))
    await ground.write('desire', { id, want: 'cancel', from: ['Pending'], now: 1 })
    await ground.write('endAttempt', end(id, 1, { again: 'launch' }))
    expect(ground.row(id)).toMatchObject({ state: 'Canceled', terminate_before: 63_000 })
    expect(ground.events(id)).toEqual(['Pending', 'want', 'want', 'Canceled'])
  })

  test('that was seen active only at its end is active in no event', async () => {
    await using ground = await StoreGround.make()
    const id = await ground.create()
    await ground.write('beginAttempt', begin(ground.row(id)))
    await ground.write('endAttempt', end(id))
    expect(ground.events(id)).toEqual(['Pending', 'StageOut'])
    expect(ground.row(id).started).toBe(2000)
  })

  test('keeps the first reason why it is ended by us', async () => {
    await using ground = await StoreGround.make()
    const id = await ground.create()
    await ground.write('recordDoom', { id, reason: 'too early' })
    await ground.write('beginAttempt', begin(ground.row(id)))
    await ground.write('markActive', { id, number: 1, started: 1, now: 1 })
    await ground.write('recordDoom', { id, reason: 'first' })
    await ground.write('recordDoom', { id, reason: 'second' })
    expect(ground.row(id).reason).toBe('first')
  })

  test('of a destroyed instance still ends', async () => {
    await using ground = await StoreGround.make()
    const id = await ground.create()
    await ground.write('beginAttempt', begin(ground.row(id)))
    await ground.write('markActive', { id, number: 1, started: 1, now: 1 })
    await ground.write('destroyInstance', { id, now: 1, why: 'asked' })
    expect(await ground.write('endAttempt', end(id))).toEqual({ done: true })
    expect(await ground.store.instances.openAttempts()).toEqual([])
  })
})

test('finishing counts what is stored, and tells a hundred per cent only of what is done', async () => {
  await using ground = await StoreGround.make()
  for (const [state, percent] of [
    ['Done', 100],
    ['Failed', 40],
  ] as const) {
    const id = await ground.create({ storedBytes: 10 })
    await ground.write('beginAttempt', begin(ground.row(id)))
    await ground.write('markActive', { id, number: 1, started: 1, now: 1 })
    await ground.write('recordProgress', { id, percent: 40, message: 'on', warnings: '["w"]', now: 1 })
    await ground.write('endAttempt', end(id))
    await ground.write('recordProgress', { id, percent: 90, message: 'late', warnings: '[]', now: 1 })
    await ground.write('finishInstance', finish(id, { state, storedBytes: 500 }))
    expect(ground.row(id)).toMatchObject({ percent, progress: 'on', stored_bytes: 500 })
  }
  expect(ground.usage(alice)).toEqual({ instances: 2, stored_bytes: 1000 })
})
