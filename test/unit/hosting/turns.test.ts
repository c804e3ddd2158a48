import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Turns } from '../../../src/hosting/turns.ts'

const tick = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

describe('turns', () => {
  test('alone are never beside anything, shared ones are beside each other, and all come in order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ shared: fc.boolean(), ticks: fc.nat({ max: 3 }), fails: fc.boolean() }), {
          maxLength: 30,
        }),
        async list => {
          const turns = new Turns()
          const running = new Set<{ shared: boolean }>()
          const begun: number[] = []
          let together = 0
          const all = list.map(async (one, index) => {
            const work = async (): Promise<number> => {
              begun.push(index)
              for (const other of running) expect(one.shared && other.shared).toBe(true)
              running.add(one)
              together = Math.max(together, running.size)
              for (let n = 0; n < one.ticks; n++) await tick()
              running.delete(one)
              if (one.fails) throw new Error('it fails')
              return index
            }
            return one.shared ? turns.share('x', undefined, work) : turns.take('x', undefined, work)
          })
          const ends = await Promise.allSettled(all)
          expect(ends.map(one => one.status)).toEqual(list.map(one => (one.fails ? 'rejected' : 'fulfilled')))
          expect(begun).toEqual(list.map((_, index) => index))
          expect(turns.busy('x')).toBe(false)
        },
      ),
      { numRuns: 100 },
    )
  })

  test('of one thing do not wait for those of another', async () => {
    const turns = new Turns()
    const never = Promise.withResolvers<void>()
    const first = turns.take('a', undefined, () => never.promise)
    expect(await turns.take('b', undefined, async () => 'b')).toBe('b')
    never.resolve()
    await first
  })

  test('that are given up leave their place, and are never begun', async () => {
    const turns = new Turns()
    const first = Promise.withResolvers<void>()
    const running = turns.take('x', undefined, () => first.promise)
    const stop = new AbortController()
    const begun: string[] = []
    const waiting = Promise.allSettled(
      Array.from({ length: 199 }, () => turns.take('x', stop.signal, async () => begun.push('one'))),
    )
    await expect(turns.take('x', undefined, async () => undefined)).rejects.toMatchObject({ code: 'busy' })
    stop.abort()
    for (const one of await waiting) expect(one).toMatchObject({ status: 'rejected', reason: { code: 'busy' } })
    // There is room again, and the turn comes.
    const next = turns.take('x', undefined, async () => 'next')
    first.resolve()
    await running
    expect(await next).toBe('next')
    expect(begun).toEqual([])
  })
})
