import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Schema } from './json-schema.ts'
import { described, problemsOf } from './sample-description.ts'

const root = join(import.meta.dirname, '..', '..', '..')
const manual = readFileSync(join(root, 'docs/application-description.md'), 'utf8')
const notes = join(root, 'docs/design-notes')
const pages = [
  manual,
  ...['executables', 'sessions', 'libraries'].map(page => readFileSync(join(root, `docs/wrapping/${page}.md`), 'utf8')),
  ...readdirSync(notes)
    .filter(name => name.startsWith('mapping-'))
    .map(name => readFileSync(join(notes, name), 'utf8')),
]
const examples = pages.flatMap(page => [...page.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(match => match[1] ?? ''))

describe('docs/application-description.md and the notes on other formats', () => {
  it('has examples', () => {
    expect(examples.length).toBeGreaterThan(15)
  })

  it.each(examples.map((example, i) => [i + 1, example] as const))('example %i is what the page says', (_, example) => {
    const text = example.startsWith('gridwrap: 1') ? example : described(example)
    const refusal = /^# refused: (.*)$/m.exec(example)?.[1]
    const messages = problemsOf(text).map(problem => problem.message)
    if (refusal === undefined) expect(messages).toEqual([])
    else expect(messages.join('\n')).toContain(refusal)
  })

  it('speaks of every key of the format', () => {
    const schema = JSON.parse(readFileSync(join(root, 'schema/application.schema.json'), 'utf8')) as Schema
    const keys = new Set<string>()
    const gather = (node: unknown): void => {
      if (typeof node !== 'object' || node === null) return
      for (const [key, value] of Object.entries(node)) {
        if (key === 'properties') for (const name of Object.keys(value as object)) keys.add(name)
        gather(value)
      }
    }
    gather(schema)
    expect([...keys].filter(key => !new RegExp(`\\b${key}\\b`).test(manual))).toEqual([])
  })
})
