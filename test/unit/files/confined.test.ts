import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { linkSync, mkdirSync, readdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { GridwrapError } from '../../../src/core/errors.ts'
import {
  list,
  makeDirectories,
  moveInto,
  openForChange,
  openForReading,
  remove,
  stat,
} from '../../../src/files/confined.ts'
import { nameProblem, pathNames } from '../../../src/files/path-names.ts'
import { UnfinishedFile } from '../../../src/files/unfinished-file.ts'

const numRuns = Number(process.env['FUZZ_CASES'] ?? 500)
let place = ''
let root = ''
beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), 'confined-'))
})
afterAll(() => rm(place, { recursive: true }))
beforeEach(() => {
  root = join(place, Math.random().toString(36).slice(2))
  mkdirSync(root)
  writeFileSync(join(place, 'secret'), 'secret')
})

const read = async (path: string): Promise<string> => {
  const { handle } = await openForReading(root, path)
  await using file = handle
  return (await file.readFile()).toString()
}
const write = async (path: string, text: string): Promise<void> => {
  await using file = await UnfinishedFile.begin(root, path, 'somebody')
  await file.handle.writeFile(text)
  await file.moveTo(path.slice(path.lastIndexOf('/') + 1))
}
const change = (path: string): Promise<unknown> => openForChange(root, path, { create: true })
const begin = (path: string): Promise<unknown> => UnfinishedFile.begin(root, path, 'somebody')
const resume = (path: string): Promise<unknown> => UnfinishedFile.resume(root, path, 'somebody')
const names = async (path: string): Promise<readonly string[]> => {
  const all: string[] = []
  for await (const { name, kind } of list(root, path)) all.push(`${name}:${kind}`)
  return all.toSorted()
}
const all = async (entries: AsyncIterable<unknown>): Promise<number> => {
  let count = 0
  for await (const _ of entries) count++
  return count
}
const refusal = async (work: Promise<unknown>): Promise<string> => {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof GridwrapError)) throw new Error(`not refused as it should be: ${String(error)}`)
  expect(error.message).not.toContain(place)
  return error.code
}
const openDescriptors = (): number => readdirSync('/proc/self/fd').length

describe('a confined path', () => {
  test('reads, writes, lists, tells, makes and removes', async () => {
    await makeDirectories(root, 'a/b/c')
    await makeDirectories(root, 'a/b/c')
    await write('a/b/c/ä 😀.txt', 'long text')
    await write('a/b/c/ä 😀.txt', 'text')
    expect(await read('a/b/c/ä 😀.txt')).toBe('text')
    expect(await names('')).toEqual(['a:directory'])
    expect(await names('a/b/c')).toEqual(['ä 😀.txt:file'])
    expect(await stat(root, 'a/b/c/ä 😀.txt')).toMatchObject({ name: 'ä 😀.txt', kind: 'file', size: 4 })
    expect(await stat(root, '')).toMatchObject({ kind: 'directory' })
    expect(await refusal(remove(root, 'a/b/c'))).toBe('denied')
    await remove(root, 'a/b/c/ä 😀.txt')
    await remove(root, 'a/b/c')
    expect(await names('a/b')).toEqual([])
    writeFileSync(join(place, 'incoming'), 'moved')
    await moveInto(root, 'a/b/moved', join(place, 'incoming'))
    expect(await read('a/b/moved')).toBe('moved')
  })

  const refused = [
    '..',
    '.',
    '../secret',
    'a/../../secret',
    'a/./b',
    '/etc/passwd',
    '//etc',
    'a//b',
    'a/',
    '/',
    'a\0b',
    'a\nb',
    'a\u007fb',
    'a\u0085',
    'a\\..\\b',
    '\\',
    '\ud800',
    'x'.repeat(256),
    `${'ä'.repeat(128)}`,
    `${'a/'.repeat(2048)}b`,
  ].map(path => ({ path, what: JSON.stringify(path).slice(0, 40) }))
  test.for(refused)('$what is refused', async ({ path }) => {
    mkdirSync(join(root, 'a'))
    for (const work of [
      () => openForReading(root, path),
      () => change(path),
      () => begin(path),
      () => resume(path),
      () => makeDirectories(root, path),
      () => remove(root, path),
      () => stat(root, path),
      () => list(root, path).next(),
      () => moveInto(root, path, join(place, 'secret')),
    ]) {
      expect(await refusal(work())).toBe('denied')
    }
    expect(readFileSync(join(place, 'secret'), 'utf8')).toBe('secret')
  })

  test('takes hard names', async () => {
    for (const name of [
      '...',
      '..a',
      ' ',
      '-rf',
      '*',
      '%2e%2e',
      '%00',
      'x'.repeat(255),
      'C:',
      '~',
      '$(id)',
      '‮txt',
      'a'.repeat(85) + 'ä'.repeat(85),
    ]) {
      await write(name, name)
      expect(await read(name)).toBe(name)
    }
  })

  test('follows no link, in no place', async () => {
    mkdirSync(join(root, 'd'))
    symlinkSync(join(place, 'secret'), join(root, 'link'))
    symlinkSync(place, join(root, 'up'))
    symlinkSync('d', join(root, 'inside'))
    symlinkSync('nowhere', join(root, 'dangling'))
    for (const path of ['link', 'up', 'inside', 'dangling', 'up/secret', 'inside/x', 'link/x']) {
      expect(await refusal(openForReading(root, path)), path).toMatch(/^(denied|not-found)$/)
      for (const work of [change, begin, resume])
        expect(await refusal(work(path)), path).toMatch(/^(denied|not-found)$/)
      expect(await refusal(makeDirectories(root, `${path}/new`)), path).toMatch(/^(denied|not-found)$/)
    }
    for (const path of ['up', 'inside', 'link']) expect(await refusal(list(root, path).next())).toBe('not-found')
    expect(await names('')).toEqual(['d:directory', 'dangling:other', 'inside:other', 'link:other', 'up:other'])
    await remove(root, 'link')
    await remove(root, 'up')
    expect(readFileSync(join(place, 'secret'), 'utf8')).toBe('secret')
    expect(readdirSync(root)).toEqual(['d', 'dangling', 'inside'])
    symlinkSync(root, join(place, `${Math.random()}`))
  })

  test('does not follow a root that was replaced by a link', async () => {
    const moved = `${root}-moved`
    renameSync(root, moved)
    symlinkSync(place, root)
    expect(await refusal(openForReading(root, 'secret'))).toBe('not-found')
  })

  test('serves regular files only, and waits for nobody', async () => {
    execFileSync('mkfifo', [join(root, 'fifo')])
    mkdirSync(join(root, 'directory'))
    for (const name of ['fifo', 'directory']) {
      expect(await refusal(openForReading(root, name))).toBe('denied')
      for (const work of [change, begin, resume]) expect(await refusal(work(name))).toBe('denied')
    }
    // A fifo that has a reader could be opened for writing: still not. It would be read to its end then.
    const reader = spawn('cat', [join(root, 'fifo')], { stdio: 'ignore' })
    await once(reader, 'spawn')
    expect(await refusal(change('fifo'))).toBe('denied')
    const gone = once(reader, 'exit')
    reader.kill('SIGKILL')
    expect((await gone)[1]).toBe('SIGKILL')
    if (process.getuid?.() === 0) {
      execFileSync('mknod', [join(root, 'zero'), 'c', '1', '5'])
      expect(await refusal(openForReading(root, 'zero'))).toBe('denied')
      for (const work of [change, begin]) expect(await refusal(work('zero'))).toBe('denied')
    }
  })

  test('says what is not there', async () => {
    await write('x', '')
    expect(await refusal(openForReading(root, 'y'))).toBe('not-found')
    expect(await refusal(openForReading(root, 'x/y'))).toBe('not-found')
    expect(await refusal(openForReading(root, ''))).toBe('denied')
    linkSync(join(root, 'x'), join(root, 'hard'))
    expect(await read('hard')).toBe('')
  })

  test('is never led astray by links that are swapped in while it is walked', async () => {
    mkdirSync(join(root, 'd', 'e'), { recursive: true })
    mkdirSync(join(place, 'evil', 'e'), { recursive: true })
    writeFileSync(join(root, 'd', 'e', 'f'), 'mine')
    writeFileSync(join(place, 'evil', 'e', 'f'), 'secret')
    // Another process swaps the directory for a link to elsewhere and back, as fast as it can.
    const swap = `const fs=require('fs');fs.symlinkSync(${JSON.stringify(join(place, 'evil'))},'link');
      process.stdout.write('.');const end=Date.now()+20000;
      while(Date.now()<end){fs.renameSync('d','real');fs.renameSync('link','d');fs.renameSync('d','link');fs.renameSync('real','d')}`
    const swapper = spawn(process.execPath, ['-e', swap], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] })
    await once(swapper.stdout, 'data')
    let [right, refused] = [0, 0]
    for (let i = 0; i < 1500; i++) {
      try {
        expect(await read('d/e/f')).toBe('mine')
        right++
      } catch (error) {
        if (!(error instanceof GridwrapError)) throw error
        refused++
      }
      await write('d/e/w', 'x').catch(() => undefined)
    }
    swapper.kill('SIGKILL')
    await once(swapper, 'exit')
    expect(readdirSync(join(place, 'evil', 'e'))).toEqual(['f'])
    expect(right).toBeGreaterThan(0)
    expect(right + refused).toBe(1500)
  })

  test('lists ten thousand entries one by one, and can be left early', async () => {
    for (let i = 0; i < 10_000; i++) writeFileSync(join(root, `f${i}`), '')
    expect((await names('')).length).toBe(10_000)
    const before = openDescriptors()
    for await (const entry of list(root, '')) if (entry.kind === 'file') break
    expect(openDescriptors()).toBe(before)
  })

  test('leaves no descriptor open, whatever happened', async () => {
    mkdirSync(join(root, 'a', 'b'), { recursive: true })
    symlinkSync('/', join(root, 'a', 'l'))
    const before = openDescriptors()
    for (const path of ['a/b/none', 'a/l/x', 'a/b', 'none/x', '..', 'a/l']) {
      await openForReading(root, path).catch(() => undefined)
      for (const open of [
        () => openForChange(root, path, { create: true }).then(handle => handle.close()),
        () => UnfinishedFile.begin(root, path, 'somebody').then(file => file[Symbol.asyncDispose]()),
        () => UnfinishedFile.resume(root, path, 'somebody').then(file => file?.[Symbol.asyncDispose]()),
      ])
        await open().catch(() => undefined)
      await makeDirectories(root, path).catch(() => undefined)
      await stat(root, path).catch(() => undefined)
      await all(list(root, path)).catch(() => undefined)
    }
    expect(openDescriptors()).toBe(before)
  })
})

describe('the names of a path', () => {
  const hostile = fc
    .array(
      fc.oneof(fc.constantFrom('/', '..', '.', '\\', '\0', 'a', '//', '%2e', '\n'), fc.string({ unit: 'binary' })),
      { maxLength: 12 },
    )
    .map(parts => parts.join(''))
  test('are safe, or there are none', () => {
    fc.assert(
      fc.property(hostile, path => {
        let names: readonly string[]
        try {
          names = pathNames(path)
        } catch (error) {
          expect(error).toBeInstanceOf(GridwrapError)
          return
        }
        expect(names.join('/')).toBe(path)
        expect(join('/root', ...names)).toBe(names.length === 0 ? '/root' : `/root/${path}`)
        for (const name of names) expect(nameProblem(name)).toBeUndefined()
      }),
      { numRuns },
    )
  })
})
