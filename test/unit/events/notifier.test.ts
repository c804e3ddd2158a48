import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { newId } from '../../../src/core/ids.ts'
import { openLog } from '../../../src/core/log.ts'
import { Notifier, type Post, type Render } from '../../../src/events/notifier.ts'
import { StoreGround } from '../store/store-ground.ts'

let ground: StoreGround
beforeEach(async () => {
  ground = await StoreGround.make()
})
afterEach(() => ground[Symbol.asyncDispose]())

const log = openLog('test')
const hour = 3_600_000

/** Messages as a list of the sequence numbers that each tells of. */
class Sent {
  readonly messages: number[][] = []
  problem: Error | undefined
  #wake: () => void = () => undefined

  readonly post: Post = async (_row, message) => {
    if (this.problem !== undefined) throw this.problem
    this.messages.push(JSON.parse(message) as number[])
    this.#wake()
  }

  async received(count: number): Promise<void> {
    while (this.messages.length < count) await new Promise<void>(resolve => (this.#wake = resolve))
  }
}

const render: Render = async (_row, events) => JSON.stringify(events.map(({ seq }) => seq))

const notifier = (sent: Sent, how: Render = render): Notifier => {
  const { subscriptions, events } = ground.store
  return new Notifier(subscriptions, events, how, sent.post, { atOnce: 4, atOnceOfOne: 2 }, log)
}

async function subscribe(source: string, minMs = 0): Promise<string> {
  const id = newId()
  await ground.write('addSubscription', {
    ...{ id, owner: 'gsi:/CN=a', now: Date.now(), terminateAfter: 0, terminateBefore: null, most: 10 },
    ...{ source, identity: '{}', expression: '<e/>', names: '[]', kinds: '["changed","destroyed"]' },
    ...{ min_ms: minMs, max_ms: null, sink: '<s/>', url: 'http://sink/' },
  })
  return id
}

const happens = async (id: string, now = Date.now()): Promise<void> =>
  void (await ground.write('labelInstance', { id, label: 'x', now }))
const row = (id: string): Record<string, unknown> | undefined =>
  ground.db.prepare('SELECT * FROM subscription WHERE id = ?').get(id) as Record<string, unknown> | undefined

describe('a notifier', () => {
  test('tells when a message is due, also after the clock was set back', async () => {
    const source = await ground.create()
    const id = await subscribe(source, 50)
    // The last message is of an hour that is still to come.
    await ground.write('recordDelivery', { id, seen: 0, now: Date.now() + hour, over: false })
    const sent = new Sent()
    await using one = notifier(sent)
    await one.start()
    await happens(source)
    one.hint()
    await sent.received(1)
    expect(sent.messages).toHaveLength(1)
  })

  test('tells nothing of events that change nothing', async () => {
    const source = await ground.create()
    await subscribe(source)
    const sent = new Sent()
    await using one = notifier(sent)
    await one.start()
    await ground.write('setLifetime', {
      id: source,
      after: 1,
      before: null,
      seen: { after: ground.row(source).terminate_after, before: null },
      now: 1,
    })
    await happens(source)
    one.hint()
    await sent.received(1)
    const [, kind] = [sent.messages[0]?.[0], ground.events(source).at(-1)]
    expect(sent.messages).toEqual([[expect.any(Number)]])
    expect(kind).toBe('changed')
  })

  test('ends a subscription with the message that its source has ended, in one step', async () => {
    const source = await ground.create()
    const id = await subscribe(source)
    const sent = new Sent()
    await using one = notifier(sent)
    await one.start()
    await ground.write('destroyInstance', { id: source, now: Date.now(), why: 'asked' })
    one.hint()
    await sent.received(1)
    await expect.poll(() => row(id)).toBeUndefined()
  })

  test('tells the end of a source that ends while it is looked at', async () => {
    const source = await ground.create()
    const id = await subscribe(source)
    const sent = new Sent()
    const { subscriptions } = ground.store
    const pending = subscriptions.pending.bind(subscriptions)
    let looks = 0
    subscriptions.pending = async (...question) => {
      const found = await pending(...question)
      // Nothing has happened yet; and now something does.
      if (++looks === 1) await ground.write('destroyInstance', { id: source, now: Date.now(), why: 'asked' })
      return found
    }
    await using one = notifier(sent)
    await one.start()
    await sent.received(1)
    await expect.poll(() => row(id)).toBeUndefined()
    expect(sent.messages).toHaveLength(1)
  })

  test('that stops makes no message any more for those that wait for their turn', async () => {
    const source = await ground.create()
    for (let n = 0; n < 8; n++) await subscribe(source)
    const sent = new Sent()
    let rendered = 0
    const begun = Promise.withResolvers<void>()
    const { subscriptions, events } = ground.store
    const hangs: Post = (_row, _message, signal) => {
      begun.resolve()
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)))
    }
    const counting: Render = (row, all) => {
      rendered++
      return render(row, all)
    }
    {
      await using one = new Notifier(subscriptions, events, counting, hangs, { atOnce: 1, atOnceOfOne: 1 }, log)
      await one.start()
      await happens(source)
      one.hint()
      await begun.promise
    }
    expect(rendered).toBe(1)
    expect(sent.messages).toEqual([])
  })

  test('ends at its start what watches something that is gone and was told', async () => {
    const source = await ground.create()
    const id = await subscribe(source)
    await ground.write('destroyInstance', { id: source, now: Date.now(), why: 'asked' })
    // Killed after its sink was told, and before it was ended.
    const newest = ground.store.events.newest()
    await ground.write('recordDelivery', { id, seen: newest, now: Date.now(), over: false })
    const sent = new Sent()
    await using one = notifier(sent)
    await one.start()
    await expect.poll(() => row(id)).toBeUndefined()
    expect(sent.messages).toEqual([])
  })

  test('notes a refusal with a growing pause, and that it is over', async () => {
    const source = await ground.create()
    const id = await subscribe(source)
    const sent = new Sent()
    sent.problem = new Error('The sink answered with HTTP 500.')
    await using one = notifier(sent)
    await one.start()
    await happens(source)
    one.hint()
    await expect.poll(() => row(id)?.['problem']).toBe('The sink answered with HTTP 500.')
    sent.problem = undefined
    await sent.received(1)
    await expect.poll(() => row(id)).toMatchObject({ failures: 0, problem: null, delivered: 1 })
  })

  test('cannot be subscribed to what has ended', async () => {
    const source = await ground.create()
    await ground.write('destroyInstance', { id: source, now: Date.now(), why: 'asked' })
    const id = await subscribe(source)
    expect(row(id)).toBeUndefined()
  })
})
