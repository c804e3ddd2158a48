import { writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openLog } from '../../../src/core/log.ts'
import { AgentInterrupted, AgentProcess } from '../../../src/keeper/agent-process.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gridwrap-agent-'))
})
afterAll(() => rm(folder, { recursive: true }))

const never = new AbortController().signal
const agent = (text: string, environment: Record<string, string> = {}): AgentProcess<object, string> => {
  const file = join(folder, `${Math.random()}.mjs`)
  writeFileSync(file, text)
  return new AgentProcess({ file, arguments: [], purpose: 'is tried', environment }, openLog('test'))
}
const echo = `process.on('message', ({ id, say, verb }) => verb ?? process.send({ id, kind: 'done', result: say + (process.env.MORE ?? '') }))
process.on('disconnect', () => process.exit(0))`

test('answers, with what it has besides in its environment, and again after it died', async () => {
  await using one = agent(echo, { MORE: '!' })
  expect(await one.ask({ say: 'a' }, never)).toBe('a!')
  await using dying = agent(`process.on('message', () => process.exit(1))`)
  await expect(dying.ask({}, never)).rejects.toBeInstanceOf(AgentInterrupted)
  await expect(dying.ask({}, never)).rejects.toBeInstanceOf(AgentInterrupted)
})

test('that cannot be started at first is started when it can', async () => {
  const { execPath } = process
  await using one = agent(echo)
  process.execPath = '/nonexistent/node'
  try {
    await expect(one.ask({ say: 'a' }, never)).rejects.toBeInstanceOf(AgentInterrupted)
  } finally {
    process.execPath = execPath
  }
  expect(await one.ask({ say: 'b' }, never)).toBe('b')
})

test('is not waited for when nobody wants the answer any more', async () => {
  await using one = agent(`process.on('message', () => {})`)
  await expect(one.ask({}, AbortSignal.timeout(200))).rejects.toMatchObject({ name: 'TimeoutError' })
})
