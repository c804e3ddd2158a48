import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { copyFile } from '../../../src/transfer/copy-file.ts'
import { Endpoints } from '../../../src/transfer/endpoints.ts'
import { parseLocation } from '../../../src/transfer/location.ts'

const folder = mkdtempSync(join(tmpdir(), 'gridwrap-listed-'))
afterAll(() => rmSync(folder, { recursive: true }))
const nobody = (): never => {
  throw new Error('Nobody is asked for.')
}

test.each([
  ['shorter', { size: 3 }],
  ['longer', { size: 1_000_000 }],
  ['of another time', { modified: 0 }],
])('a file that was %s when it was listed is copied as it is now', async (_what, then) => {
  await using endpoints = new Endpoints({ credential: nobody, trust: nobody })
  const [source, destination] = [join(folder, 'source'), join(folder, 'copy')]
  writeFileSync(source, 'what is there now')
  const now = await endpoints.at(parseLocation(source)).stat(source)
  let moved = 0
  const copied = await copyFile(endpoints, parseLocation(source), parseLocation(destination), {
    known: { ...now, ...then },
    // It is no failure, for which one would wait.
    retry: { attempts: 1 },
    listener: {
      onBytes: count => {
        moved += count
      },
    },
  })
  expect(copied.size).toBe(17)
  expect(readFileSync(destination, 'utf8')).toBe('what is there now')
  expect(moved).toBe(17)
})
