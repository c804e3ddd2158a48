import { expect, test } from 'vitest'
import { newestComplete } from '../../../src/keeper/saved-state.ts'

const file = (name: string, size: number, modified: number) => ({ name, size, modified })

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
