import { readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { type ErrorCode, errorRow, errorTable } from '../../../src/core/error-table.ts'

const file = new URL('../../../docs/faults.md', import.meta.url)

const parties = {
  client: "the caller's",
  server: 'ours',
  version: "the caller's",
  'must-understand': "the caller's",
} as const

function table(): string {
  const rows = (Object.keys(errorTable) as ErrorCode[]).map(code => {
    const { element, ogsi, party, status, means } = errorRow(code)
    return `| \`${code}\` | ${element}${ogsi === undefined ? '' : `, ogsi:${ogsi}`} | ${parties[party]} | ${status} | ${means} |\n`
  })
  return `| code | detail element | whose mistake | HTTP | means |\n|---|---|---|---|---|\n${rows.join('')}`
}

test('docs/faults.md says what the error table says', () => {
  const text = readFileSync(file, 'utf8')
  const head = text.slice(0, text.indexOf('| code |') < 0 ? text.length : text.indexOf('| code |'))
  const expected = `${head}${table()}`
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(file, expected)
  expect(readFileSync(file, 'utf8')).toBe(expected)
})
