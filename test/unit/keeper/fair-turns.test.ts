import { expect, test } from 'vitest'
import { FairTurns } from '../../../src/keeper/fair-turns.ts'

const never = new AbortController().signal

/** Who has got a place, in order. */
function taking(turns: FairTurns): { readonly got: string[]; readonly take: (owner: string) => Promise<void> } {
  const got: string[] = []
  return { got, take: owner => turns.take(owner, never).then(() => void got.push(owner)) }
}
const settled = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

test('who fills the places leaves one for the others', async () => {
  const turns = new FairTurns(3)
  const { got, take } = taking(turns)
  for (let n = 0; n < 5; n++) void take('greedy')
  await settled()
  expect(got).toEqual(['greedy', 'greedy'])
  void take('modest')
  await settled()
  expect(got).toEqual(['greedy', 'greedy', 'modest'])
  turns.give('modest')
  await settled()
  expect(got).toHaveLength(3)
  turns.give('greedy')
  await settled()
  expect(got).toEqual(['greedy', 'greedy', 'modest', 'greedy'])
})

test('whoever has the fewest comes next; a single place goes round', async () => {
  const turns = new FairTurns(1)
  const { got, take } = taking(turns)
  for (const owner of ['a', 'a', 'b']) void take(owner)
  await settled()
  expect(got).toEqual(['a'])
  turns.give('a')
  await settled()
  expect(got).toEqual(['a', 'a'])
})

test('who does not want it any more is passed over, and at the end nobody waits', async () => {
  const turns = new FairTurns(1)
  await turns.take('a', never)
  const stop = new AbortController()
  const second = turns.take('b', stop.signal)
  const third = turns.take('c', never)
  stop.abort(new Error('no'))
  await expect(second).rejects.toThrow('no')
  turns.give('a')
  await third
  const late = turns.take('d', never)
  turns.close()
  await expect(late).rejects.toThrow(/stopped/)
})
