import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { newId } from '../../../src/core/ids.ts'
import { migrate } from '../../../src/store/database.ts'
import { databaseFile, Store } from '../../../src/store/store.ts'
import type { NewInstance } from '../../../src/store/writes/create-instance.ts'
import { received } from './store-ground.ts'

const quota = { waiting: 3, instances: 5, storedBytes: 1000 }
const newInstance = (more: Partial<NewInstance> = {}): NewInstance => ({
  id: newId(),
  application: 'app',
  digest: 'd',
  owner: 'gsi:/CN=a',
  account: null,
  label: null,
  requestId: null,
  requestDigest: '',
  state: 'Pending',
  want: 'run',
  inputs: '{}',
  options: '{}',
  now: 1000,
  terminateAfter: 1000,
  terminateBefore: null,
  keepSeconds: 60,
  lifetimeSet: false,
  storedBytes: 10,
  uploads: [],
  quota,
  ...more,
})

let folder: string
let file: string
let store: Store
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gridwrap-store-'))
  file = databaseFile(folder)
  await migrate(file)
  store = new Store(file)
})
afterEach(async () => {
  await store[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

const create = async (more: Partial<NewInstance> = {}): Promise<string> => {
  const instance = newInstance(more)
  expect(await store.instances.write('createInstance', instance)).toEqual({ outcome: 'created' })
  return instance.id
}
const state = async (id: string): Promise<string | undefined> => (await store.instances.get(id))?.state
const states = (id: string): readonly string[] =>
  store.events
    .ofInstance(id)
    .flatMap(event => (event.kind === 'state' ? [(JSON.parse(event.data) as { state: string }).state] : []))

const attempt = (id: string, version: number) =>
  store.instances.write('beginAttempt', {
    id,
    version,
    adapter: 'executable',
    host: 'h',
    bootId: 'b',
    spec: '{}',
    now: 2000,
  })
const end = (id: string, number: number, again?: 'launch' | 'restart') =>
  store.instances.write('endAttempt', {
    id,
    number,
    started: 2100,
    ended: 2200,
    exitCode: 0,
    signal: null,
    reason: null,
    again,
    now: 2200,
  })
const finish = (id: string) =>
  store.instances.write('finishInstance', {
    id,
    state: 'Done',
    reason: null,
    cause: null,
    results: '{}',
    warnings: '[]',
    storedBytes: 50,
    now: 2300,
  })

describe('an instance', () => {
  test('is there, with its event, as soon as the write is answered', async () => {
    const id = await create()
    expect(await state(id)).toBe('Pending')
    expect(states(id)).toEqual(['Pending'])
  })

  test('made again with the same request id is the same one; with other inputs it is refused', async () => {
    const id = await create({ requestId: 'r', requestDigest: 'x' })
    expect(await store.instances.write('createInstance', newInstance({ requestId: 'r', requestDigest: 'x' }))).toEqual({
      outcome: 'repeated',
      id,
    })
    expect(await store.instances.write('createInstance', newInstance({ requestId: 'r', requestDigest: 'y' }))).toEqual({
      outcome: 'other-inputs',
      id,
    })
    expect(
      await store.instances.write(
        'createInstance',
        newInstance({ requestId: 'r', requestDigest: 'x', owner: 'gsi:/CN=b' }),
      ),
    ).toEqual({ outcome: 'created' })
  })

  test('of an owner who has enough is refused, and of another taken', async () => {
    for (let i = 0; i < quota.waiting; i++) await create()
    expect(await store.instances.write('createInstance', newInstance())).toMatchObject({
      outcome: 'over-quota',
      limit: 'waiting',
    })
    await create({ owner: 'gsi:/CN=b' })
    await create({ owner: 'gsi:/CN=c', storedBytes: 1000 })
    expect(await store.instances.write('createInstance', newInstance({ owner: 'gsi:/CN=c' }))).toMatchObject({
      outcome: 'over-quota',
      limit: 'stored',
    })
  })

  test('waits for its files, and queues when the last one is there', async () => {
    const uploads = [
      { name: 'a', input: 'a', position: 0 },
      { name: 'b', input: 'b', position: 0 },
    ]
    const id = await create({ state: 'StageIn', uploads })
    expect(await store.instances.write('receiveUpload', received(id, 'a', 5))).toMatchObject({ state: 'StageIn' })
    expect(await store.instances.write('receiveUpload', received(id, 'c', 5))).toEqual({ outcome: 'too-late' })
    expect(await store.instances.write('receiveUpload', received(id, 'b', 5))).toMatchObject({ state: 'Pending' })
    expect((await store.instances.get(id))?.stored_bytes).toBe(20)
  })
})

describe('an attempt', () => {
  test('goes through its states, and ends once', async () => {
    const id = await create()
    expect(await attempt(id, 1)).toEqual({ number: 1 })
    await store.instances.write('markActive', { id, number: 1, started: 2100, now: 2100 })
    expect(await end(id, 1)).toEqual({ done: true })
    expect(await end(id, 1)).toEqual({ done: false })
    expect(await finish(id)).toEqual({ done: true })
    expect(await finish(id)).toEqual({ done: false })
    expect(states(id)).toEqual(['Pending', 'Active', 'StageOut', 'Done'])
    expect((await store.instances.get(id))?.terminate_before).toBe(2300 + 60_000)
  })

  test('is not begun when the instance changed meanwhile, or has one', async () => {
    const id = await create()
    expect(await attempt(id, 99)).toBeUndefined()
    await attempt(id, 1)
    expect(await attempt(id, 2)).toBeUndefined()
  })

  test('that never ran goes back to the queue, and the next has its own number', async () => {
    const id = await create()
    await attempt(id, 1)
    await end(id, 1, 'launch')
    expect(await state(id)).toBe('Pending')
    const version = (await store.instances.get(id))?.version ?? 0
    expect(await attempt(id, version)).toEqual({ number: 2 })
  })
})

describe('what is wanted', () => {
  test('of an instance that waits is brought about at once', async () => {
    const id = await create({ state: 'Unsubmitted', want: 'hold' })
    const wish = (want: 'run' | 'cancel') =>
      store.instances.write('desire', { id, want, from: ['Unsubmitted', 'Pending'], now: 1500 })
    expect(await wish('run')).toEqual({ done: true, state: 'Pending' })
    expect(await wish('cancel')).toEqual({ done: true, state: 'Canceled' })
    expect(await wish('run')).toEqual({ done: false, state: 'Canceled' })
    expect(states(id)).toEqual(['Unsubmitted', 'Pending', 'Canceled'])
  })

  test('of one that is being launched is left to the keeper', async () => {
    const id = await create()
    await attempt(id, 1)
    expect(await store.instances.write('desire', { id, want: 'cancel', from: ['Pending'], now: 1 })).toEqual({
      done: true,
      state: 'Pending',
    })
    expect((await store.instances.get(id))?.want).toBe('cancel')
  })
})

describe('the end', () => {
  test('leaves a tombstone, and gives back what the owner used', async () => {
    const id = await create({ requestId: 'r' })
    expect(await store.instances.write('destroyInstance', { id, now: 3000, why: 'asked' })).toEqual({ done: true })
    expect(await store.instances.write('destroyInstance', { id, now: 3000, why: 'asked' })).toEqual({ done: false })
    expect((await store.instances.unclean(10)).map(row => row.id)).toEqual([id])
    await store.instances.write('markCleaned', { id, now: 3000 })
    await store.instances.write('markCleaned', { id, now: 3000 })
    expect(await store.instances.unclean(10)).toEqual([])
    expect(await store.instances.get(id)).toMatchObject({ owner: 'gsi:/CN=a', destroyed: 3000, inputs: null })
    const db = new Database(file, { readonly: true })
    expect(db.prepare('SELECT instances, stored_bytes FROM usage').get()).toEqual({ instances: 0, stored_bytes: 0 })
    db.close()
  })

  test('comes by itself when the time is over', async () => {
    const due = await create({ terminateBefore: 5000 })
    const later = await create({ terminateBefore: 9000 })
    expect(await store.instances.nextDue()).toBe(5000)
    expect(await store.instances.write('sweepExpired', { now: 6000, most: 10 })).toEqual([due])
    expect((await store.instances.get(later))?.destroyed).toBeNull()
  })
})

describe('the queue', () => {
  test('goes to the owner with the fewest running, then to who has waited longest', async () => {
    const a1 = await create({ now: 1 })
    const a2 = await create({ now: 2 })
    const b1 = await create({ owner: 'gsi:/CN=b', now: 3 })
    expect((await store.instances.nextPending(9, [], { stays: false }))?.id).toBe(a1)
    expect((await store.instances.nextPending(9, [a1], { stays: false }))?.id).toBe(b1)
    expect((await store.instances.nextPending(9, [a1, b1], { stays: false }))?.id).toBe(a2)
    expect(await store.instances.nextPending(1, [a1, b1], { stays: false })).toBeUndefined()
  })
})

describe('lists', () => {
  test('hold what the viewer may see, newest first, page by page', async () => {
    const mine = [await create({ now: 1 }), await create({ now: 2, label: 'x' }), await create({ now: 2 })]
    await create({ owner: 'gsi:/CN=b' })
    const viewer = { principals: ['gsi:/CN=a'], administrator: false }
    const query = {
      viewer,
      application: undefined,
      states: [],
      label: undefined,
      since: undefined,
      cursor: undefined,
      most: 2,
    }
    const first = await store.instances.list(query)
    // Whoever is given a row may read all of it.
    const whole = await store.instances.get(first[0]?.id ?? '')
    expect(Object.keys(first[0] ?? {}).toSorted()).toEqual(Object.keys(whole ?? {}).toSorted())
    const last = first.at(-1)
    expect(last).toBeDefined()
    const second = await store.instances.list({ ...query, cursor: { created: last?.created ?? 0, id: last?.id ?? '' } })
    expect([...first, ...second].map(row => row.id).toSorted()).toEqual(mine.toSorted())
    expect((await store.instances.list({ ...query, label: 'x' })).map(row => row.id)).toEqual([mine[1]])
    expect(
      await store.instances.list({ ...query, viewer: { principals: ['gsi:/CN=c'], administrator: false } }),
    ).toEqual([])
    expect(
      await store.instances.list({ ...query, most: 10, viewer: { principals: [], administrator: true } }),
    ).toHaveLength(4)
  })

  test('a single instance is seen by whom it belongs to', async () => {
    const id = await create()
    expect(await store.instances.see(id, { principals: ['gsi:/CN=b'], administrator: false })).toBeUndefined()
    expect((await store.instances.see(id, { principals: ['gsi:/CN=a'], administrator: false }))?.id).toBe(id)
  })
})

describe('the writer', () => {
  test('keeps every one of many writes that come at once', async () => {
    await Promise.all(Array.from({ length: 300 }, (_, i) => create({ owner: `gsi:/CN=${i}` })))
    expect(store.events.newest()).toBe(300)
  })

  test('waits for another process that holds the lock', async () => {
    const other = new Database(file)
    other.exec('BEGIN IMMEDIATE')
    const writing = create()
    const early = await Promise.race([
      writing.then(() => 'written'),
      new Promise(resolve => setTimeout(resolve, 200, 'waiting')),
    ])
    other.exec('COMMIT')
    other.close()
    expect(early).toBe('waiting')
    expect(await state(await writing)).toBe('Pending')
  })

  test('answers what was asked for before it closes', async () => {
    const instance = newInstance()
    const writing = store.instances.write('createInstance', instance)
    await store.writer[Symbol.asyncDispose]()
    expect(await writing).toEqual({ outcome: 'created' })
    await expect(store.instances.write('createInstance', newInstance())).rejects.toThrow(/closed/)
  })
})
