import { expect, test } from 'vitest'
import { newestComplete } from '../../../src/files/saved-state.ts'
import { isSafeState } from '../../../src/files/state-name.ts'

const file = (name: string, size: number, modified: number) => ({ name, size, modified })

test('a name that a command would take for something else is no state', () => {
  for (const name of ['state.500', 'out/wfc_1.dat', 'a+b-c.chk']) expect(isSafeState(name)).toBe(true)
  for (const name of ['--exec=x', 'a b', '$(id)', 'out/-x', '', 'a//b', '../x', "a'b", '@list'])
    expect(isSafeState(name)).toBe(false)
})

test('of several states the newest counts', () => {
  expect(newestComplete([file('s.500', 9, 1), file('s.1000', 9, 2)])?.name).toBe('s.1000')
  expect(newestComplete([file('s.500', 9, 1)])?.name).toBe('s.500')
  expect(newestComplete([])).toBeUndefined()
})

test('of those of one moment the one with the higher number', () => {
  expect(newestComplete([file('s.500', 9, 1), file('s.1000', 9, 1), file('s.1500', 9, 1)])?.name).toBe('s.1500')
})

test('one that is smaller than the one before it was not written to its end', () => {
  expect(newestComplete([file('s.500', 9, 1), file('s.1000', 5, 2)])?.name).toBe('s.500')
  expect(newestComplete([file('s.500', 9, 1), file('s.1000', 12, 2)])?.name).toBe('s.1000')
})
