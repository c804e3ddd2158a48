import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type Results, showResults } from '../../../src/cli/show-results.ts'
import { HttpsConnection } from '../../../src/client/https-connection.ts'

let folder: string
let out: string
// Everything here comes with its content, so nothing is asked for over it.
let connection: HttpsConnection
const printed = vi.spyOn(process.stdout, 'write')

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gridwrap-results-'))
  out = join(folder, 'out')
  connection = new HttpsConnection({ credential: undefined, trustDirectory: folder })
  printed.mockReset().mockReturnValue(true)
})
afterEach(async () => {
  connection[Symbol.dispose]()
  await rm(folder, { recursive: true, force: true })
})

const file = (name: string, text: string) => ({ name, size: BigInt(text.length), content: Buffer.from(text) })
const status = { job: { id: 'a', address: 'https://a/', handle: 'https://a/', page: 'https://a/' }, state: 'Done' }
const results = (outputs: Record<string, unknown>): Results => ({ ...outputs, status }) as unknown as Results
const shown = (): string => printed.mock.calls.map(([text]) => String(text)).join('')

describe('showResults', () => {
  test('shows values, then where each file is now', async () => {
    await showResults(results({ score: 1.5, counts: [1n, 2n], log: file('sub/log.txt', 'hello') }), { out }, connection)
    expect(shown()).toBe(`score = 1.5\ncounts = 1\ncounts = 2\nlog: ${join(out, 'sub/log.txt')} (5 B)\n`)
    expect(await readFile(join(out, 'sub/log.txt'), 'utf8')).toBe('hello')
  })

  test('in JSON, a fetched file has a path and no content', async () => {
    await showResults(results({ logs: [file('log.txt', 'hello')] }), { out, json: true }, connection)
    expect(JSON.parse(shown())).toMatchObject({ logs: [{ name: 'log.txt', size: 5, path: join(out, 'log.txt') }] })
    expect(shown()).not.toContain('content')
  })

  test.each(['.', './', 'deep/er'])('a folder may be said in any way: %s', async name => {
    const before = process.cwd()
    process.chdir(folder)
    try {
      await showResults(results({ log: file('/etc/log', 'x') }), { out: name }, connection)
      expect(await readFile(join(folder, name, 'etc', 'log'), 'utf8')).toBe('x')
    } finally {
      process.chdir(before)
    }
  })

  test('what could not be saved is still to be had, and how is said', async () => {
    const told = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
    await expect(showResults(results({ log: file('..', 'x') }), { out }, connection)).rejects.toThrow(/is not written/)
    expect(told.mock.calls.join('')).toContain('gridwrap results a --out FOLDER')
    told.mockRestore()
  })

  test.each(['../outside', 'a/../../outside', '..', 'a/..', 'a/', '', '.', 'nul\0byte'])(
    'writes nothing outside the folder, whatever a container calls a file: %j',
    async name => {
      await expect(showResults(results({ log: file(name, 'x') }), { out }, connection)).rejects.toThrow(
        /is not written/,
      )
      expect(await readdir(folder)).toEqual([])
    },
  )
})
