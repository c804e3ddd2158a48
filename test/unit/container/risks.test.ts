import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { readConfiguration } from '../../../src/container/configuration.ts'
import { warnOfRisks } from '../../../src/container/risks.ts'

const page = readFileSync(new URL('../../../docs/configuration.md', import.meta.url), 'utf8')
const example = /```yaml\n([\s\S]*?)```/.exec(page)?.[1] ?? ''
const folder = mkdtempSync(join(tmpdir(), 'gridwrap-risks-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** What is said of the example of the documentation with something changed. */
function said(change: (text: string) => string): string {
  const file = join(folder, 'gridwrap.yaml')
  writeFileSync(file, change(example))
  const notes: string[] = []
  warnOfRisks(readConfiguration(file), note => notes.push(note))
  return notes.join('\n')
}
const withExports =
  (exports: object, listen = "{https: '127.0.0.1:8443', gridftp: '127.0.0.1:2811'}") =>
  (text: string): string =>
    text.replace(/^gridftp: .*$/m, `gridftp: ${JSON.stringify(exports)}`).replace(/^listen: .*$/m, `listen: ${listen}`)

test('exports that nobody can use are told at start', () => {
  const missing = { exports: [{ name: 'data', folder: './nowhere', read: ['/O=x/CN=Ada'] }] }
  expect(said(withExports(missing))).toMatch(/exports: data: there is no folder .*nowhere/)
  const closed = { exports: [{ name: 'data', folder: '.' }] }
  expect(said(withExports(closed))).toMatch(/exports: data: nobody may read it/)
  const unserved = { exports: [{ name: 'data', folder: '.', anonymous: true }] }
  expect(said(withExports(unserved, "{https: '127.0.0.1:8443'}"))).toMatch(/served by nobody/)
  expect(said(withExports(unserved))).not.toMatch(/exports/)
})

test('a wide address is told, and one of this machine is not', () => {
  expect(said(text => text)).toMatch(/listening on ::/)
  expect(said(withExports({}))).not.toMatch(/listening/)
})
