import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type SentenceId, sentences, untested } from '../../compliance/ogsi/sentences.ts'
import { markdownTable } from '../../support/markdown-table.ts'
import { root } from '../../support/site.ts'

const folder = join(root, 'test/compliance/ogsi')
const file = join(root, 'docs/ogsi-conformance.md')
const ids = Object.keys(sentences) as SentenceId[]

/** The sentences that are named in a call of `obeys`, with the file that has it. */
function tested(): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const name of readdirSync(folder).filter(one => one.endsWith('.test.ts'))) {
    const text = readFileSync(join(folder, name), 'utf8')
    for (const [, id = ''] of text.matchAll(/'(\d+(?:\.\d+)*-[a-z])'/g)) found.set(id, name)
  }
  return found
}

test('every sentence has a test, or a reason why not, and never both', () => {
  const found = tested()
  expect(ids.filter(id => found.has(id) === (untested[id] !== undefined))).toEqual([])
  expect([...found.keys()].filter(id => !(id in sentences))).toEqual([])
})

test('docs/ogsi-conformance.md lists them', () => {
  const found = tested()
  const servers = ids.filter(id => sentences[id][0] === 'server')
  const covered = servers.filter(id => found.has(id))
  const table = markdownTable([
    ['sentence', 'binds', 'demands', 'test'],
    ...ids.map(id => {
      const [binds, demand] = sentences[id]
      const name = found.get(id)
      return [id, binds, demand, name === undefined ? `none: ${untested[id]}` : `\`${name}\``]
    }),
  ])
  const text = [
    '# OGSI 1.0: sentence by sentence',
    '',
    'Every sentence of the specification (GFD-R-P.15, sections 4 to 13) that says MUST, MUST NOT or REQUIRED, in our words:',
    'the section and a letter for each sentence in it, whom it binds, and the test in `test/compliance/ogsi` that asks a real',
    'container for it. Made by a test; do not edit it by hand.',
    '',
    `${ids.length} sentences. ${servers.length} bind servers; ${covered.length} of them have a test.`,
    '',
    ...table,
    '',
  ].join('\n')
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(file, text)
  expect(readFileSync(file, 'utf8')).toBe(text)
})
