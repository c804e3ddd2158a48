import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { AuditLog } from '../../../src/authz/audit-log.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gridwrap-audit-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const told: object[] = []
const log = { warn: () => undefined, error: (details: object) => void told.push(details) }
const open = (terms: object = {}): AuditLog =>
  new AuditLog(
    { file: join(folder, 'audit.jsonl'), rotateBytes: 200, keepSeconds: 3600, mostBytes: 1000, ...terms },
    log,
  )
const lines = (): unknown[] =>
  readFileSync(join(folder, 'audit.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as unknown)

test('adds lines, whatever is in them', () => {
  const audit = open()
  audit.append({ what: 'decision', identity: '/CN="a\nb"' })
  audit.append({ what: 'state' })
  expect(lines()).toMatchObject([{ what: 'decision', identity: '/CN="a\nb"' }, { what: 'state' }])
})

test('tells the log every line that it cannot write, and goes on', () => {
  told.length = 0
  mkdirSync(join(folder, 'audit.jsonl'))
  const audit = open()
  audit.append({ what: 'one' })
  audit.append({ what: 'two' })
  expect(told).toMatchObject([{ entry: { what: 'one' } }, { entry: { what: 'two' } }])
  rmSync(join(folder, 'audit.jsonl'), { recursive: true })
  audit.append({ what: 'three' })
  expect(lines()).toMatchObject([{ what: 'three' }])
})

test('what strangers repeat is told once, and then how often, at the latest at the end', () => {
  const audit = open()
  expect([1, 2, 3].map(() => audit.appendSeldom('admission /CN=eve', { what: 'admission' }))).toEqual([
    true,
    false,
    false,
  ])
  expect(audit.appendSeldom('admission /CN=mallory', { what: 'admission' })).toBe(true)
  expect(lines()).toHaveLength(2)
  audit[Symbol.dispose]()
  expect(lines().slice(2)).toEqual([expect.objectContaining({ what: 'admission', repeated: 2 })])
})

test('puts aside what is large, and takes away what is old or more than is kept', () => {
  const audit = open()
  for (let i = 0; i < 5; i++) audit.append({ what: 'x'.repeat(60) })
  audit.rotate()
  audit.append({ what: 'after' })
  const aside = (): string[] => readdirSync(folder).filter(name => name !== 'audit.jsonl')
  expect(aside()).toHaveLength(1)
  expect(lines()).toMatchObject([{ what: 'after' }])
  writeFileSync(join(folder, 'audit.jsonl.2020-01-01T00-00-00-000Z'), 'x'.repeat(5000))
  writeFileSync(join(folder, 'audit.jsonl.old'), 'not ours')
  audit.rotate()
  expect(aside()).toHaveLength(2)
  const [ours = ''] = aside().filter(name => name.endsWith('Z'))
  utimesSync(join(folder, ours), 1, 1)
  audit.rotate()
  expect(aside()).toEqual(['audit.jsonl.old'])
})
