import { describe, expect, test } from 'vitest'
import { processesOf, signalGroup } from '../../../src/adapters/executable/attempt-processes.ts'
import {
  type ProcessRow,
  type ProcessTable,
  ProcessWatch,
  parseStat,
} from '../../../src/adapters/executable/process-table.ts'

// Only the choice is tested here, which is pure. No signal is sent: a wrong choice would hit the machine.

const row = (pid: number, parent: number, rest: Partial<ProcessRow> = {}): ProcessRow => ({
  pid,
  parent,
  group: pid,
  session: pid,
  start: String(pid),
  state: 'S',
  threads: 1,
  ticks: 0,
  residentPages: 0,
  terminal: 0,
  ...rest,
})
const table = (
  rows: readonly ProcessRow[],
  cookies: Readonly<Record<number, string>> = {},
  directories: Readonly<Record<number, string>> = {},
): ProcessTable => ({
  rows: new Map(rows.map(one => [one.pid, one])),
  marks: one => ({ attempt: cookies[one.pid], wrapper: undefined }),
  directory: one => directories[one.pid],
  taken: 0,
})
const pids = (rows: readonly ProcessRow[]): readonly number[] => rows.map(one => one.pid).toSorted((a, b) => a - b)

// init 1 → keeper 10 → wrapper 20 → program 30 → 31, 32 in its group, 40 (own session, cookie) → 41; bystander 50.
const rows = [
  row(1, 0),
  row(10, 1),
  row(20, 10),
  row(30, 20),
  row(31, 30, { group: 30, session: 30 }),
  row(32, 1, { group: 30, session: 30 }),
  row(40, 1),
  row(41, 40),
  row(50, 1),
  row(51, 50),
]
const program = { pid: 30, start: '30' }
const a = { attempt: 'a', workDirectory: '/instances/a/work' }

describe('the processes of an attempt', () => {
  test('are its group, its session, its cookies, and their descendants; not the wrapper, not the keeper', () => {
    expect(pids(processesOf(table(rows, { 30: 'a', 40: 'a', 50: 'b' }), a, program, undefined, 10))).toEqual([
      30, 31, 32, 40, 41,
    ])
  })

  test('are those with the cookie alone, when the program is gone or its id is another process', () => {
    const without = rows.filter(one => one.pid !== 30)
    expect(pids(processesOf(table(without, { 40: 'a' }), a, program, undefined, 10))).toEqual([40, 41])
    expect(pids(processesOf(table(rows, { 40: 'a' }), a, { pid: 30, start: '29' }, undefined, 10))).toEqual([40, 41])
  })

  test('are no zombies, unless threads of them live; a zombie still holds its group', () => {
    const dead = rows.map(one => (one.pid === 30 ? { ...one, state: 'Z' } : one))
    expect(pids(processesOf(table(dead), a, program, undefined, 10))).toEqual([31, 32])
    const halfDead = rows.map(one => (one.pid === 30 ? { ...one, state: 'Z', threads: 3 } : one))
    expect(pids(processesOf(table(halfDead), a, program, undefined, 10))).toEqual([30, 31, 32])
  })

  test('are those that were seen to be its own before they left, and what they started', () => {
    const seen = new Map([['50 50', true]])
    expect(pids(processesOf(table(rows), a, program, seen, 10))).toEqual([30, 31, 32, 50, 51])
    // Another process by the same id.
    expect(pids(processesOf(table(rows), a, program, new Map([['50 49', true]]), 10))).toEqual([30, 31, 32])
  })

  test('are orphans without a terminal that work in its directory, and nobody else who does', () => {
    const inside = { 50: '/instances/a/work/deep', 51: '/instances/a/work' }
    expect(pids(processesOf(table(rows, {}, inside), a, program, undefined, 10))).toEqual([30, 31, 32, 50, 51])
    const elsewhere = { 50: '/instances/a/workshop' }
    expect(pids(processesOf(table(rows, {}, elsewhere), a, program, undefined, 10))).toEqual([30, 31, 32])
    // A person who looks at the files has a terminal, or a parent that is no orphan's.
    const person = rows.map(one => (one.pid === 50 ? { ...one, terminal: 34_816 } : one))
    expect(pids(processesOf(table(person, {}, inside), a, program, undefined, 10))).toEqual([30, 31, 32])
    expect(pids(processesOf(table(rows, {}, { 10: '/instances/a/work' }), a, program, undefined, 10))).toEqual([
      30, 31, 32,
    ])
  })

  test('are never older than the program', () => {
    expect(pids(processesOf(table(rows, { 20: 'a', 30: 'a' }), a, program, undefined, 10))).toEqual([30, 31, 32])
  })

  test.for([0, 1, -1, 10, Number.NaN])('are none at all when the claim names %d as the program', pid => {
    expect(
      processesOf(table(rows, { 40: 'a' }), a, { pid, start: String(pid) }, undefined, 10).filter(one => one.pid < 40),
    ).toEqual([])
  })

  test('are none at all when we descend from them', () => {
    expect(processesOf(table(rows, { 30: 'a' }), a, program, undefined, 31)).toEqual([])
    expect(processesOf(table(rows, { 30: 'a' }), a, program, undefined, 30)).toEqual([])
    expect(processesOf(table(rows, { 1: 'a' }), a, undefined, undefined, 10)).toEqual([])
  })

  test('are none in the real table for ids that are not an attempt’s', async () => {
    const real = await new ProcessWatch().fresh()
    for (const pid of [1, process.pid, process.ppid]) {
      const start = real.rows.get(pid)?.start ?? '0'
      expect(processesOf(real, { ...a, attempt: 'no-such-attempt' }, { pid, start })).toEqual([])
    }
  })

  test('and a group is signalled only through a member', () => {
    expect(signalGroup([], { pid: 30, start: '30' }, 'SIGCONT')).toBe(false)
  })
})

test('the stat of a process is read whatever its name is', () => {
  const rest = 'S 7 8 9 0 -1 4194304 1 2 3 4 11 12 13 14 20 0 5 0 777 1000 42 18446744073709551615'
  for (const name of ['sh', ') S 1 1 1', '(((', ' ', ')', 'a) R (b']) {
    expect(parseStat(`123 (${name}) ${rest}\n`)).toEqual({
      pid: 123,
      state: 'S',
      parent: 7,
      group: 8,
      session: 9,
      terminal: 0,
      ticks: 50,
      threads: 5,
      start: '777',
      residentPages: 42,
    })
  }
  for (const text of ['', 'x', '1 (sh) S', '() ()']) expect(parseStat(text)).toBeUndefined()
})
