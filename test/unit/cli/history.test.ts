import { appendFile, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { findHandle, remember, rememberedJobs } from '../../../src/cli/history.ts'

let folder: string
const file = (): string => join(folder, 'gridwrap', 'jobs.jsonl')
const service = 'https://grid.example.org:8443/services/needle'
const handle = (id: string): string => `https://grid.example.org:8443/instances/${id}`
const jobs = ['abcdefgh', 'abcxyzgh', 'zzzzzzzz'].map(start => start.padEnd(26, '2'))

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gridwrap-history-'))
  vi.stubEnv('XDG_STATE_HOME', folder)
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true, force: true })
})

describe('the jobs made from an account', () => {
  beforeEach(async () => {
    for (const id of jobs) await remember({ id, handle: handle(id), service, label: `label of ${id.slice(0, 3)}` })
  })

  test('are kept for nobody else to read, the newest first', async () => {
    expect((await stat(file())).mode & 0o777).toBe(0o600)
    expect((await rememberedJobs()).map(job => job.id)).toEqual(jobs.toReversed())
  })

  test.each([
    ['last', 2],
    ['abcd', 0],
    ['abcx', 1],
    ['z', 2],
    ['label of zzz', 2],
    // Two jobs have this label; the newer one is meant.
    ['label of abc', 1],
  ])('%s', async (word, index) => {
    expect(await findHandle(word)).toBe(handle(jobs[index] ?? ''))
  })

  test('a handle and a whole id need no history', async () => {
    vi.stubEnv('GRIDWRAP_URL', 'https://other.example.org')
    const unknown = 'q'.repeat(26)
    expect(await findHandle('https://a.example/instances/x')).toBe('https://a.example/instances/x')
    expect(await findHandle(unknown)).toBe(`https://other.example.org/instances/${unknown}`)
    // One that was made from here is where it was made.
    expect(await findHandle(jobs[0] ?? '')).toBe(handle(jobs[0] ?? ''))
  })

  test('a beginning of several ids names them; one of none says what else will do', async () => {
    await expect(findHandle('abc')).rejects.toThrow(/^2 jobs begin with abc; give more of the id:\n {2}https:/)
    await expect(findHandle('nothing')).rejects.toMatchObject({
      code: 'not-found',
      hint: expect.stringContaining('gridwrap list'),
    })
  })

  test('lines that were cut or are not ours hurt no other', async () => {
    await appendFile(file(), '{"id": "cut\nnull\n7\n{"id": 3, "handle": true}\n\n')
    expect(await rememberedJobs()).toHaveLength(3)
  })
})

test('without a history there is no last job', async () => {
  await expect(findHandle('last')).rejects.toMatchObject({ code: 'not-found' })
})

test('a state folder that cannot be written is no reason to fail', async () => {
  await writeFile(join(folder, 'gridwrap'), 'a file where the folder should be')
  await remember({ id: 'a', handle: handle('a'), service })
  expect(await rememberedJobs()).toEqual([])
})
