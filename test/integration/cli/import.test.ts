import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { needs } from '../../support/peer.ts'
import { type Ran, run } from './command.ts'

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gridwrap-import-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const command = (...words: readonly string[]): Promise<Ran> =>
  run(words, { env: { PATH: process.env['PATH'] ?? '', HOME: folder, TMPDIR: folder }, cwd: folder })

test.skipIf(!needs('needle'))('a program of EMBOSS is imported by its name, and runs', async () => {
  const printed = await command('import', 'acd', 'needle')
  expect(printed).toMatchObject({ code: 0 })
  expect(printed.stdout).toMatch(/^# Made from needle\.acd\./)
  const written = await command('import', 'acd', 'needle', 'water', '--out', 'services')
  expect(written).toMatchObject({ code: 0, stdout: '', stderr: expect.stringContaining('2 of 2 descriptions made.') })
  expect(await readFile(join(folder, 'services/needle/application.yaml'), 'utf8')).toBe(printed.stdout)
  await writeFile(join(folder, 'a.fasta'), '>a\nACGTACGT\n')
  await writeFile(join(folder, 'junk'), 'not a sequence\n')
  const good = await command('run', './services/needle', 'asequence=a.fasta', 'bsequence=a.fasta', '--out', 'results')
  expect(good).toMatchObject({ code: 0 })
  expect(await readFile(join(folder, 'results/outfile.txt'), 'utf8')).toContain('# Identity:       8/8 (100.0%)')
  // Without a format EMBOSS would align it.
  const bad = await command('run', './services/needle', 'asequence=junk', 'bsequence=a.fasta')
  expect(bad).toMatchObject({ code: 1, stderr: expect.stringContaining('Unable to read sequence') })
})

test.skipIf(!needs('seqret'))('a caller’s file is never read as addresses of files or programs', async () => {
  expect(await command('import', 'acd', 'seqret', '--out', 'attacked')).toMatchObject({ code: 0 })
  await writeFile(join(folder, 'evil'), `raw::/etc/hostname\n${join(folder, 'evil.sh')}|\n`)
  await writeFile(join(folder, 'evil.sh'), '#!/bin/sh\ntouch "$(dirname "$0")/owned"\n', { mode: 0o755 })
  for (const format of ['list', 'lis', 'unknown', 'raw']) {
    const ran = await command(
      'run',
      './attacked/seqret',
      'sequence_files=evil',
      `sequence_format=${format}`,
      '--out',
      format,
    )
    if (/^l/.test(format)) expect(ran).toMatchObject({ code: 2, stderr: expect.stringContaining('sequence_format') })
    const made = await readFile(join(folder, format, 'outseq.fasta'), 'utf8').catch(() => '')
    expect(made).not.toContain(hostname())
  }
  expect(await readFile(join(folder, 'owned')).catch(() => 'not there')).toBe('not there')
})

test('what is there is replaced only when that is asked for; what is bad does not keep the others', async () => {
  await writeFile(join(folder, 'good.acd'), 'application: good [ documentation: "Good" ]\nwotsit: a [ ]')
  await writeFile(join(folder, 'bad.acd'), 'nonsense')
  const first = await command('import', 'acd', './good.acd', './bad.acd', './none.acd', '--out', 'own')
  expect(first).toMatchObject({ code: 2 })
  expect(first.stderr).toContain('own/good/application.yaml')
  expect(first.stderr).toContain('Note: a: its type wotsit is not known here')
  expect(first.stderr).toContain('./bad.acd:1: behind nonsense a colon is missing')
  expect(first.stderr).toContain('./none.acd is not there.')
  expect(first.stderr).toContain('1 of 3 descriptions made; look at ./bad.acd, ./none.acd.')
  const again = await command('import', 'acd', './good.acd', '--out', 'own', '--json')
  expect(again).toMatchObject({ code: 2 })
  expect(JSON.parse(again.stdout)).toMatchObject([{ name: 'good', problems: [expect.stringContaining('--force')] }])
  expect(await command('import', 'acd', './good.acd', '--out', 'own', '--force')).toMatchObject({ code: 0 })
})

test.each([
  [['import', 'acd'], 'Which program?'],
  [['import', 'acd', './a.acd', './b.acd'], '--out DIR'],
  [['import', 'acd', './a.acd', '--databases', 'a b'], 'is no name of a database'],
  [['import', 'acd', './a.acd', '--environment', 'x'], 'is no variable'],
  [['import', 'galaxy', 'x'], "unknown command 'galaxy'"],
])('a mistake on the command line: %j', async (words, said) => {
  expect(await command(...words)).toMatchObject({ code: 2, stderr: expect.stringContaining(said) })
})

test('a draft of the help of a program runs it', async () => {
  await writeFile(
    join(folder, 'fit'),
    '#!/bin/sh\n[ "$1" = --help ] && echo "usage: fit [--steps N] data" || echo "$@"\n',
    { mode: 0o755 },
  )
  const made = await command('import', 'help', join(folder, 'fit'), '--out', 'drafts')
  expect(made).toMatchObject({
    code: 0,
    stderr: expect.stringContaining('Note: steps: a whole number, because of "N".'),
  })
  await writeFile(join(folder, 'points'), '1 2\n')
  const ran = await command('run', './drafts/fit', 'data=points', 'steps=3', '--out', 'fitted')
  expect(ran).toMatchObject({ code: 0 })
  expect(await readFile(join(folder, 'fitted/stdout'), 'utf8')).toBe('--steps 3 data\n')
  expect(await command('import', 'help', 'no-such-program')).toMatchObject({
    ...{ code: 2, stderr: expect.stringContaining('There is no program no-such-program here.') },
  })
})
