import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { bootId, hostName } from '../../../src/core/this-host.ts'

test('the lock of somebody who is gone is taken over by one of those who want it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gridwrap-lock-'))
  const takers = [0, 1, 2].map(() => fork(join(import.meta.dirname, '../../support/lock-taker.ts')))
  const ask = async (taker: ChildProcess, words: object): Promise<{ readonly taken?: boolean }> => {
    const answer = once(taker, 'message')
    taker.send(words)
    return ((await answer) as [{ readonly taken?: boolean }])[0]
  }
  const path = join(folder, 'lock')
  let taken = 0
  for (let round = 0; round < 200; round++) {
    writeFileSync(path, JSON.stringify({ host: hostName, bootId, pid: 4_194_304, start: '1' }))
    const take = { path, at: Date.now() + 5 }
    const answers = await Promise.all(takers.map(taker => ask(taker, { take })))
    const got = answers.filter(answer => answer.taken === true).length
    expect(got).toBeLessThanOrEqual(1)
    taken += got
    await Promise.all(takers.map(taker => ask(taker, {})))
    rmSync(path, { force: true })
  }
  expect(taken).toBeGreaterThan(0)
  expect(readdirSync(folder)).toEqual([])
  for (const taker of takers) taker.kill()
  rmSync(folder, { recursive: true })
})
