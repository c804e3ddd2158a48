import { expect, test } from 'vitest'
import { LocalConnection } from '../../../src/client/local-connection.ts'
import { ServiceProxy } from '../../../src/client/service-proxy.ts'
import { type HostedContext, type HostedDefinition, ServiceFault } from '../../../src/hosting/definition.ts'

class Tally {
  readonly #context: HostedContext
  constructor(context: HostedContext) {
    this.#context = context
  }
  get total(): number {
    return this.#context.properties.get<number>('total') ?? 0
  }
  postCreate({ start = 0n }: { readonly start?: bigint }): void {
    this.#context.properties.set('total', Number(start))
  }
  async add({ by }: { readonly by: bigint }): Promise<bigint> {
    const total = this.total + Number(by)
    // Whoever is not in turn would lose something here.
    await new Promise(resolve => setImmediate(resolve))
    if (total > 100) throw new ServiceFault('That is too much.', 'Add less.')
    this.#context.properties.set('total', total)
    return BigInt(total)
  }
  spoil(): void {
    this.#context.properties.set('total', 77)
    throw new Error('inside')
  }
}
const tally = (more: Partial<HostedDefinition>): HostedDefinition => ({
  name: 'tally',
  title: 'Counts',
  portTypes: [{ name: 'Counting', operations: { add: { takes: { by: 'integer' }, gives: 'integer' }, spoil: {} } }],
  service: Tally,
  ...more,
})

test('a class is called in the same process, by its contract', async () => {
  await using local = new LocalConnection([tally({})])
  const proxy = await ServiceProxy.connect(local.address('tally'), local)
  await Promise.all(Array.from({ length: 10 }, () => proxy.call('add', { by: 1n })))
  expect(await proxy.call('add', { by: 5n })).toEqual({ result: 15n })
  await expect(proxy.call('add', { by: 500n })).rejects.toMatchObject({ code: 'service-refused', hint: 'Add less.' })
  await expect(proxy.call('add', { bi: 5n })).rejects.toMatchObject({ code: 'invalid-input' })
  await expect(proxy.call('spoil', {})).rejects.toMatchObject({
    code: 'internal',
    message: expect.not.stringContaining('inside'),
  })
  expect(await proxy.call('add', { by: 0n })).toEqual({ result: 15n })
  await expect(ServiceProxy.connect(local.address('tell'), local)).rejects.toMatchObject({ code: 'not-found' })
})

test('who reads sees what is kept, and waits for who changes', async () => {
  const gate = Promise.withResolvers<void>()
  class Slow {
    readonly #context: HostedContext
    constructor(context: HostedContext) {
      this.#context = context
    }
    async change(): Promise<void> {
      this.#context.properties.set('a', 'never kept')
      await gate.promise
      throw new ServiceFault('It came to nothing.')
    }
    look(): string {
      return this.#context.properties.get<string>('a') ?? 'nothing'
    }
  }
  const operations = { change: {}, look: { gives: 'string', reads: true } } as const
  await using local = new LocalConnection([
    { name: 'slow', title: 'Slow', portTypes: [{ name: 'Slowing', operations }], service: Slow },
  ])
  const proxy = await ServiceProxy.connect(local.address('slow'), local)
  const changing = proxy.call('change', {})
  const read = proxy.call('look', {})
  gate.resolve()
  await expect(changing).rejects.toMatchObject({ code: 'service-refused' })
  expect(await read).toEqual({ result: 'nothing' })
  expect(await Promise.all([proxy.call('look', {}), proxy.call('look', {})])).toEqual([
    { result: 'nothing' },
    { result: 'nothing' },
  ])
})

test('what a creation has made goes again when it is refused', async () => {
  const diary: string[] = []
  class Made {
    postCreate({ note }: { readonly note: string }): void {
      diary.push(`made ${note}`)
      if (note === 'bad') throw new ServiceFault('No.')
    }
    preDestroy(): void {
      diary.push('gone')
    }
    act(): void {}
  }
  await using local = new LocalConnection([
    {
      ...{ name: 'made', title: 'Made', instances: 'many', creation: { note: 'string' }, service: Made },
      portTypes: [{ name: 'Acting', operations: { act: {} } }],
    },
  ])
  const factory = await ServiceProxy.connect(local.address('made'), local)
  await factory.call('create', { note: 'good' })
  await expect(factory.call('create', { note: 'bad' })).rejects.toMatchObject({ code: 'service-refused' })
  expect(diary).toEqual(['made good', 'made bad', 'gone'])
})

test('objects are created, each with a state of its own', async () => {
  const definition = tally({ instances: 'many', creation: { start: 'integer?' } })
  await using local = new LocalConnection([definition], { identity: { scheme: 'local', subject: 'me' } })
  const factory = await ServiceProxy.connect(local.address('tally'), local)
  const [one, other] = await Promise.all(
    [3n, undefined].map(async start => {
      const { handle } = await factory.call<{ handle: string }>('create', start === undefined ? {} : { start })
      return ServiceProxy.connect(handle, local)
    }),
  )
  expect(await one?.call('add', { by: 1n })).toEqual({ result: 4n })
  expect(await other?.call('add', { by: 1n })).toEqual({ result: 1n })
  await expect(factory.call('add', { by: 1n })).rejects.toMatchObject({ code: 'unknown-operation' })
})
