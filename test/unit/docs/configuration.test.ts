import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { ConfigurationError, readConfiguration } from '../../../src/container/configuration.ts'

const page = readFileSync(new URL('../../../docs/configuration.md', import.meta.url), 'utf8')

const folder = mkdtempSync(join(tmpdir(), 'gridwrap-configuration-'))
afterAll(() => rmSync(folder, { recursive: true }))

const inFile = (text: string): string => {
  const file = join(folder, 'gridwrap.yaml')
  writeFileSync(file, text)
  return file
}

const example = /```yaml\n([\s\S]*?)```/.exec(page)?.[1] ?? ''

test('the example of the page is a configuration', () => {
  const configuration = readConfiguration(inFile(example))
  expect(configuration.authority).toBe('grid.example.org:8443')
  expect(configuration.run.limits.memory).toBe(16e9)
})

test('every key that is known stands in the table, and the other way round', () => {
  const configuration = readConfiguration(inFile(example))
  const nested = new Set([
    'listen',
    'trust',
    'run',
    'quota',
    'logs',
    'secrets',
    'messages',
    'staging',
    'notification',
    'gridftp',
  ])
  const known = Object.entries(configuration).flatMap(([key, value]) =>
    key === 'file' ? [] : nested.has(key) ? Object.keys(value as object).map(inner => `${key}: ${inner}`) : [key],
  )
  const documented = [...page.matchAll(/^\| `([a-z0-9: -]+)` \|/gm)].map(match => match[1])
  expect(documented.toSorted()).toEqual(known.toSorted())
})

test.each([
  ['an unknown key', `${example}lissten: {}\n`, /lissten/],
  ['a size that is none', example.replace('16GB', 'lots'), /run\.limits\.memory .*size/],
  ['a duration that is none', example.replace('keep: 7d', 'keep: soon'), /quota\.keep .*duration/],
  [
    'a role that nobody could have',
    example.replace('[{gridmap:', '[{voms: /vo/Role=x}, {gridmap:'),
    /trust\.vomsdir is missing/,
  ],
  ['no authority', example.replace(/^authority: .*\n/m, ''), /authority/],
  ['broken YAML', 'listen: {', /gridwrap\.yaml/],
])('%s is refused by name', (_, text, message) => {
  const file = inFile(text)
  expect(() => readConfiguration(file)).toThrow(ConfigurationError)
  expect(() => readConfiguration(file)).toThrow(message)
})
