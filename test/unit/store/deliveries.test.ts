import { expect, test } from 'vitest'
import { begin, end, finish, StoreGround } from './store-ground.ts'

const kept = 60_000

async function delivering(ground: StoreGround, lifetimeSet = false): Promise<string> {
  const id = await ground.create({ lifetimeSet, keepSeconds: kept / 1000 })
  await ground.write('beginAttempt', begin(ground.row(id)))
  await ground.write('endAttempt', end(id))
  const deliveries = ['a', 'b'].map(name => ({ name, url: `gsiftp://x/${name}`, size: 1 }))
  await ground.write('finishInstance', finish(id, { deliveries }))
  return id
}

const record = (ground: StoreGround, id: string, name: string, state: 'done' | 'failed' | 'moving', now: number) =>
  ground.write('recordTransfer', {
    ...({ id, direction: 'out', name, url: `gsiftp://x/${name}`, state } as const),
    ...{ bytes: 0, size: 1, problem: state === 'failed' ? 'It is away.' : null, now },
  })

test('what cannot be delivered is kept as long as what has ended, once nothing of it moves any more', async () => {
  await using ground = await StoreGround.make()
  const id = await delivering(ground)
  await record(ground, id, 'a', 'failed', 10_000)
  expect(ground.row(id)).toMatchObject({ state: 'StageOut', terminate_before: null })
  await record(ground, id, 'b', 'done', 20_000)
  expect(ground.row(id)).toMatchObject({ state: 'StageOut', terminate_before: 20_000 + kept })
  // To send it again takes as long as it takes.
  const wish = { id, want: 'run', from: ['StageOut'], now: 30_000 } as const
  expect(await ground.write('desire', wish)).toMatchObject({ done: true })
  expect(ground.row(id).terminate_before).toBeNull()
  await record(ground, id, 'a', 'moving', 35_000)
  await record(ground, id, 'a', 'done', 40_000)
  expect(ground.row(id).terminate_before).toBeNull()
  await ground.write('finishDeliveries', { id, giveUp: false, now: 40_000 })
  expect(ground.row(id)).toMatchObject({ state: 'Done', terminate_before: 40_000 + kept })
})

test('a lifetime that its owner set stays', async () => {
  await using ground = await StoreGround.make()
  const id = await delivering(ground, true)
  for (const name of ['a', 'b']) await record(ground, id, name, 'failed', 10_000)
  await ground.write('desire', { id, want: 'run', from: ['StageOut'], now: 30_000 })
  expect(ground.row(id).terminate_before).toBeNull()
})
