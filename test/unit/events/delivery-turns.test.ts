import { expect, test } from 'vitest'
import { DeliveryTurns } from '../../../src/events/delivery-turns.ts'

/** Work that ends when it is told to, and says what runs. */
class Works {
  readonly running: string[] = []
  readonly #ends = new Map<string, () => void>()

  readonly begin = (name: string) => async (): Promise<string> => {
    this.running.push(name)
    await new Promise<void>(resolve => this.#ends.set(name, resolve))
    this.running.splice(this.running.indexOf(name), 1)
    return name
  }

  async end(name: string): Promise<void> {
    this.#ends.get(name)?.()
    await new Promise(resolve => setImmediate(resolve))
  }
}

test('so many at once, so many for each, and who was first of those with room is next', async () => {
  const works = new Works()
  const turns = new DeliveryTurns(3, 2)
  const all = ['a1', 'a2', 'a3', 'b1', 'b2'].map(name => turns.take([name.slice(0, 1)], works.begin(name)))
  expect(works.running).toEqual(['a1', 'a2', 'b1'])
  await works.end('b1')
  // a3 waits longer, but a has two.
  expect(works.running).toEqual(['a1', 'a2', 'b2'])
  await works.end('a1')
  expect(works.running).toEqual(['a2', 'b2', 'a3'])
  for (const name of ['a2', 'b2', 'a3']) await works.end(name)
  expect(await Promise.all(all)).toEqual(['a1', 'a2', 'a3', 'b1', 'b2'])
})

test('what one gives back may be room for two', async () => {
  const works = new Works()
  const turns = new DeliveryTurns(10, 1)
  const all = [turns.take(['a', 'alice'], works.begin('a1'))]
  all.push(turns.take(['a', 'bob'], works.begin('a2')), turns.take(['b', 'alice'], works.begin('b1')))
  await works.end('a1')
  expect(works.running).toEqual(['a2', 'b1'])
  for (const name of ['a2', 'b1']) await works.end(name)
  await Promise.all(all)
})

test('work that fails makes room', async () => {
  const turns = new DeliveryTurns(1, 1)
  const failing = turns.take(['a'], () => Promise.reject(new Error('no')))
  const next = turns.take(['a'], async () => 'well')
  await expect(failing).rejects.toThrow('no')
  expect(await next).toBe('well')
})

test('every party has its bound', async () => {
  const works = new Works()
  const turns = new DeliveryTurns(10, 2)
  const all = ['a1', 'b1', 'c1'].map(name => turns.take([name, 'alice'], works.begin(name)))
  all.push(turns.take(['d1', 'bob'], works.begin('d1')))
  expect(works.running).toEqual(['a1', 'b1', 'd1'])
  await works.end('a1')
  expect(works.running).toEqual(['b1', 'd1', 'c1'])
  for (const name of ['b1', 'c1', 'd1']) await works.end(name)
  await Promise.all(all)
})
