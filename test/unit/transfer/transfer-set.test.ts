import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { GridwrapError } from '../../../src/core/errors.ts'
import { Journal, type JournalEntry, JournalReader } from '../../../src/transfer/set/journal.ts'
import { readList } from '../../../src/transfer/set/list-file.ts'
import { SetLog } from '../../../src/transfer/set/set-log.ts'
import { advance, newState, type SetState } from '../../../src/transfer/set/set-state.ts'
import { TurnQueue } from '../../../src/transfer/set/turn-queue.ts'

const folder = mkdtempSync(join(tmpdir(), 'gridwrap-set-'))
afterAll(() => rmSync(folder, { recursive: true }))

describe('a list', () => {
  test('is pairs, with quotes where they are needed, and comments', () => {
    const text = '# tonight\n"gsiftp://a/x y" file:///z\n\n  gsiftp://a/b   "/tmp/b c"  \r\n'
    expect(readList(text)).toEqual([
      { source: 'gsiftp://a/x y', destination: 'file:///z' },
      { source: 'gsiftp://a/b', destination: '/tmp/b c' },
    ])
  })

  test.each([
    ['', /names no files/],
    ['gsiftp://a/b', /line 1.*no pair/],
    ['a b c', /line 1.*no pair/],
    ['\ngopher://a/b /c', /line 2: .*no protocol/],
    ['gsiftp://a/d/ /c', /line 1: .*is no file/],
    ['- /c', /line 1: .*is no file/],
    ['a /c\nb /tmp/../c', /line 2: .*destination of line 1/],
  ])('%j is none', (text, said) => {
    expect(() => readList(text)).toThrow(said)
  })

  test('whatever is read, it ends with pairs or a sentence', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), text => {
        try {
          expect(readList(text).length).toBeGreaterThan(0)
        } catch (error) {
          expect(error).toBeInstanceOf(GridwrapError)
        }
      }),
    )
  })
})

const pairs = [0, 1, 2].map(n => ({ source: `gsiftp://a/${n}`, destination: `/tmp/${n}` }))

const stateOf = (journal: readonly JournalEntry[]): SetState => {
  const state = newState(pairs)
  advance(state, journal)
  return state
}

describe('a journal', () => {
  test('is read while it grows, wherever a look cuts a line', async () => {
    const path = join(folder, 'growing.jsonl')
    const reader = new JournalReader(path)
    expect(await reader.next()).toEqual([])
    const entries = Array.from({ length: 20 }, (_, n) => ({ what: 'file-begun', at: n, file: n }) as const)
    const text = Buffer.from(entries.map(entry => `${JSON.stringify(entry)}\n`).join(''))
    const seen: JournalEntry[] = []
    for (let at = 0; at < text.length; at += 7) {
      appendFileSync(path, text.subarray(at, at + 7))
      seen.push(...(await reader.next()))
    }
    expect(seen).toEqual(entries)
  })

  test('that a crash cut anywhere tells what had happened, and is gone on with', async () => {
    const whole = join(folder, 'whole.jsonl')
    {
      await using journal = await Journal.open(whole)
      await journal.add({ what: 'begun', at: 1 })
      for (const file of [0, 1]) {
        await journal.add({ what: 'file-begun', at: 2, file })
        await journal.add({ what: 'file-done', at: 3, file, size: 10, ms: 1, verified: 'size' })
      }
    }
    const text = readFileSync(whole)
    for (let length = 0; length <= text.length; length++) {
      const path = join(folder, 'cut.jsonl')
      writeFileSync(path, text.subarray(0, length))
      const before = stateOf(await new JournalReader(path).next()).files.filter(({ state }) => state === 'done').length
      {
        await using journal = await Journal.open(path)
        await journal.add({ what: 'file-done', at: 4, file: 2, size: 10, ms: 1, verified: 'size' })
      }
      const after = stateOf(await new JournalReader(path).next()).files.filter(({ state }) => state === 'done').length
      expect(after).toBe(before + 1)
    }
  })

  test('says of each file how it stands', () => {
    const state = stateOf([
      { what: 'begun', at: 1 },
      { what: 'file-begun', at: 2, file: 0 },
      { what: 'file-done', at: 3, file: 0, size: 10, ms: 1, verified: 'size' },
      { what: 'file-begun', at: 3, file: 1 },
      { what: 'file-failed', at: 4, file: 1, problem: 'no such file' },
      { what: 'file-begun', at: 5, file: 2 },
      { what: 'file-begun', at: 5, file: 99 },
      { what: 'begun', at: 6 },
    ])
    expect(state.files.map(file => [file.state, file.doubtful])).toEqual([
      ['done', true],
      ['waiting', true],
      ['waiting', true],
    ])
    expect(state).toMatchObject({ state: 'open', begun: 1, last: 6 })
  })
})

describe('a log', () => {
  const journal: readonly JournalEntry[] = [
    { what: 'begun', at: 0 },
    { what: 'file-begun', at: 1000, file: 0 },
    { what: 'file-again', at: 2000, file: 0, problem: 'It was away: é.', inMs: 2000 },
    { what: 'file-done', at: 3000, file: 1, size: 10, ms: 1, verified: 'size' },
    { what: 'file-done', at: 4000, file: 0, size: 10, ms: 1, verified: 'size' },
  ]
  const last: JournalEntry = { what: 'file-done', at: 5000, file: 2, size: 10, ms: 1, verified: 'size' }

  test('that a crash cut anywhere, or somebody changed, says all that the journal says once the set is gone on with', async () => {
    const [kept, path] = [join(folder, 'log.jsonl'), join(folder, 'log.txt')]
    writeFileSync(kept, journal.map(entry => `${JSON.stringify(entry)}\n`).join(''))
    const log = new SetLog(path, newState(pairs))
    for (const entry of [...journal, last]) await log.tell(entry)
    const whole = readFileSync(path)
    const before = whole.toString('utf8').trimEnd().split('\n').slice(0, -1).join('\n').length
    expect(whole.toString('utf8')).toMatch(/again .*é\..*Again in 2 s[\s\S]*done {4}2 of 3[\s\S]*done {4}3 of 3/)
    const ends = Array.from({ length: before }, (_, end) => whole.subarray(0, end))
    for (const there of [...ends, Buffer.from('of another')]) {
      writeFileSync(path, there)
      const next = new SetLog(path, newState(pairs))
      await next.catchUp(kept)
      await next.tell(last)
      expect(readFileSync(path, 'utf8')).toBe(whole.toString('utf8'))
    }
  })
})

test('who waits for a time does not keep the others', () => {
  const queue = new TurnQueue([5, 6])
  expect(queue.take(0)).toEqual({ number: 5 })
  queue.again(5, 100)
  expect(queue.take(1)).toEqual({ number: 6 })
  queue.again(6, 50)
  expect(queue.take(2)).toEqual({ at: 50 })
  expect(queue.take(60)).toEqual({ number: 6 })
  expect(queue.take(60)).toEqual({ at: 100 })
  expect(queue.take(100)).toEqual({ number: 5 })
  expect(queue.take(100)).toBeUndefined()
})
