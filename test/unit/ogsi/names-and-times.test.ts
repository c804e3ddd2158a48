import { describe, expect, test } from 'vitest'
import { durationMs } from '../../../src/ogsi/duration.ts'
import { makeHandles, resolverOf } from '../../../src/ogsi/handle.ts'

test.each([
  ['PT1S', 1000],
  ['PT0.5S', 500],
  ['P1DT2H3M4S', 93_784_000],
  ['P1Y2M', 425 * 86_400_000],
  ['PT0S', 0],
])('%s lasts %i milliseconds', (text, milliseconds) => {
  expect(durationMs(text)).toBe(milliseconds)
})

test.each(['', '1S', '-PT1S', 'P1H', 'PT1e3S', `P${'9'.repeat(400)}D`])('%s is no duration', text => {
  expect(durationMs(text)).toBeUndefined()
})

describe('handles', () => {
  const handles = makeHandles('grid.example.org:8443', ['old.example.org'])

  test('are read back under the authority and its aliases only', () => {
    expect(handles.pathOf(handles.instance('abc'))).toEqual(['instances', 'abc'])
    expect(handles.pathOf(handles.offer('needle'))).toEqual(['registry', 'services', 'needle'])
    expect(handles.pathOf('https://old.example.org/resolver')).toEqual(['resolver'])
    for (const other of [
      'https://grid.example.org/instances/abc',
      'http://grid.example.org:8443/instances/abc',
      'https://grid.example.org:8443/instances/abc?x',
      'https://grid.example.org:8443@evil.example/instances/abc',
      'https://grid.example.org:8443/instances/../x/y/z',
    ])
      expect(handles.pathOf(other), other).toBeUndefined()
  })

  test('of another container lead to its resolver; what is no handle leads nowhere', () => {
    expect(resolverOf('https://a.example:1/services/x')).toBe('https://a.example:1/resolver')
    for (const other of ['https://a.example/', 'https://a.example/x/y', 'http://a.example/services/x', 'urn:x'])
      expect(resolverOf(other), other).toBeUndefined()
  })
})
