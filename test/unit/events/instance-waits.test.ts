import { describe, expect, test } from 'vitest'
import { InstanceWaits } from '../../../src/events/instance-waits.ts'

const event = (instance: string) => ({ seq: 1, instance, at: 0, kind: 'state', data: '{}' })

describe('waiting for an instance', () => {
  test('answers at once when it is so already', async () => {
    expect(await new InstanceWaits().until('a', 60_000, async () => 'now')).toBe('now')
  })

  test('looks again at each event of that instance, and at no other', async () => {
    const waits = new InstanceWaits()
    let looks = 0
    let done = false
    const waiting = waits.until('a', 60_000, async () => {
      looks++
      return done ? 'done' : undefined
    })
    await Promise.resolve()
    waits.notice([event('b')])
    waits.notice([event('a')])
    await new Promise(setImmediate)
    expect(looks).toBe(2)
    done = true
    waits.notice([event('a')])
    expect(await waiting).toBe('done')
    expect(looks).toBe(3)
  })

  test('misses no event that comes while it looks', async () => {
    const waits = new InstanceWaits()
    let state = 'before'
    const answer = await waits.until('a', 60_000, async () => {
      const seen = state
      if (seen === 'before') {
        state = 'after'
        waits.notice([event('a')])
      }
      await new Promise(setImmediate)
      return seen === 'after' ? seen : undefined
    })
    expect(answer).toBe('after')
  })

  test('gives up when the time is over, or when it is told to', async () => {
    const waits = new InstanceWaits()
    expect(await waits.until('a', 0, async () => undefined)).toBeUndefined()
    const stop = new AbortController()
    const waiting = waits.until('a', 60_000, async () => undefined, stop.signal)
    stop.abort()
    expect(await waiting).toBeUndefined()
  })
})
