import { describe, expect, test } from 'vitest'
import type { InstanceState, Want } from '../../../src/store/rows.ts'
import { begin, end, StoreGround } from './store-ground.ts'

const any: readonly InstanceState[] = ['Unsubmitted', 'StageIn', 'Pending', 'Active', 'Suspended']

describe('what needs no program is brought about at once', () => {
  test.for([
    { state: 'Unsubmitted', want: 'run', uploads: false, becomes: 'Pending' },
    { state: 'Unsubmitted', want: 'run', uploads: true, becomes: 'StageIn' },
    { state: 'Unsubmitted', want: 'cancel', uploads: false, becomes: 'Canceled' },
    { state: 'StageIn', want: 'cancel', uploads: true, becomes: 'Canceled' },
    { state: 'Pending', want: 'cancel', uploads: false, becomes: 'Canceled' },
  ] as const)('$state, wanted to $want (uploads: $uploads), becomes $becomes', async one => {
    await using ground = await StoreGround.make()
    const id = await ground.create({
      state: one.state,
      want: 'hold',
      uploads: one.uploads ? [{ name: 'a', input: 'a', position: 0 }] : [],
    })
    const outcome = await ground.write('desire', { id, want: one.want, from: any, now: 50 })
    expect(outcome).toEqual({ done: true, state: one.becomes })
    expect(ground.row(id)).toMatchObject({ state: one.becomes, want: one.want, version: 2 })
    expect(ground.events(id)).toEqual([one.state, one.becomes])
    // Again: nothing changes any more.
    await ground.write('desire', { id, want: one.want, from: [...any, one.becomes], now: 60 })
    expect(ground.row(id).version).toBe(2)
    expect(ground.events(id)).toHaveLength(2)
  })

  test('a canceled one is kept for its time', async () => {
    await using ground = await StoreGround.make()
    const id = await ground.create({ keepSeconds: 60 })
    await ground.write('desire', { id, want: 'cancel', from: any, now: 5000 })
    expect(ground.row(id)).toMatchObject({
      ended: 5000,
      terminate_before: 65_000,
      reason: expect.stringMatching(/^Canc/),
    })
  })

  test('one that is started has no end any more, unless its owner set one', async () => {
    await using ground = await StoreGround.make()
    const waiting = { state: 'Unsubmitted', want: 'hold', terminateBefore: 99_000 } as const
    const free = await ground.create(waiting)
    const set = await ground.create({ ...waiting, lifetimeSet: true })
    for (const id of [free, set]) await ground.write('desire', { id, want: 'run', from: any, now: 5000 })
    expect(ground.row(free).terminate_before).toBeNull()
    expect(ground.row(set).terminate_before).toBe(99_000)
  })
})

describe('what needs the program is only wanted', () => {
  test.for(['suspend', 'cancel', 'run'] as const)('%s of an active one', async want => {
    await using ground = await StoreGround.make()
    const id = await active(ground)
    const before = ground.row(id)
    expect(await ground.write('desire', { id, want, from: any, now: 9000 })).toEqual({ done: true, state: 'Active' })
    expect(ground.row(id)).toMatchObject({ want, state: 'Active', terminate_before: before.terminate_before })
    // It was wanted to run already.
    expect(ground.events(id)).toEqual(['Pending', 'Active', ...(want === 'run' ? [] : ['want'])])
  })

  test('cancel of one that is being launched', async () => {
    await using ground = await StoreGround.make()
    const id = await ground.create()
    await ground.write('beginAttempt', begin(ground.row(id)))
    expect(await ground.write('desire', { id, want: 'cancel', from: any, now: 1 })).toEqual({
      done: true,
      state: 'Pending',
    })
  })
})

describe('once an instance is being ended', () => {
  test.for(['suspend', 'run'] as const)('by its owner, %s comes too late', async want => {
    await using ground = await StoreGround.make()
    const id = await active(ground)
    await ground.write('desire', { id, want: 'cancel', from: any, now: 1 })
    const late = { done: false, state: 'Active', ending: true }
    expect(await ground.write('desire', { id, want, from: any, now: 2 })).toEqual(late)
    expect(ground.row(id).want).toBe('cancel')
    expect(await ground.write('desire', { id, want: 'cancel', from: any, now: 3 })).toMatchObject({ done: true })
  })

  test.for(['suspend', 'run'] as const)('for a broken limit, %s comes too late', async want => {
    await using ground = await StoreGround.make()
    const id = await active(ground)
    await ground.write('recordDoom', { id, reason: 'It ran too long.' })
    expect(await ground.write('desire', { id, want, from: any, now: 2 })).toMatchObject({ ending: true })
  })
})

describe('while the results of an ended program are collected', () => {
  const from = [...any, 'StageOut'] as const

  test('who asked for cancel, and asks again because the answer was lost, has it', async () => {
    await using ground = await StoreGround.make()
    const id = await active(ground)
    await ground.write('desire', { id, want: 'cancel', from, now: 1 })
    await ground.write('endAttempt', end(id))
    const before = ground.row(id)
    expect(await ground.write('desire', { id, want: 'cancel', from, now: 2 })).toEqual({
      done: true,
      state: 'StageOut',
    })
    expect(ground.row(id)).toEqual(before)
  })

  test('cancel of one that ended by itself comes too late', async () => {
    await using ground = await StoreGround.make()
    const id = await active(ground)
    await ground.write('endAttempt', end(id))
    const late = { done: false, state: 'StageOut', ending: true }
    expect(await ground.write('desire', { id, want: 'cancel', from, now: 2 })).toEqual(late)
    expect(ground.row(id).want).toBe('run')
  })
})

test('in another state than those it is for, and of one that is gone, nothing changes', async () => {
  await using ground = await StoreGround.make()
  const id = await ground.create()
  const want: Want = 'suspend'
  expect(await ground.write('desire', { id, want, from: ['Active'], now: 1 })).toEqual({
    done: false,
    state: 'Pending',
  })
  await ground.write('destroyInstance', { id, now: 1, why: 'asked' })
  for (const missing of [id, 'nobody'])
    expect(await ground.write('desire', { id: missing, want, from: any, now: 1 })).toEqual({
      done: false,
      state: undefined,
    })
  expect(ground.row(id).version).toBe(2)
})

async function active(ground: StoreGround): Promise<string> {
  const id = await ground.create()
  await ground.write('beginAttempt', begin(ground.row(id)))
  await ground.write('markActive', { id, number: 1, started: 2500, now: 2500 })
  return id
}
