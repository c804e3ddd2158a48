import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { filesBehind, fileWord, sortWords, splitWords } from '../../../src/cli/input-words.ts'

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gridwrap-words-'))
  await writeFile(join(folder, 'data'), '12345')
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('words', () => {
  test('are split at the first =', () => {
    expect(splitWords(['a=1', 'b=', 'c=x=y', 'd= e '])).toEqual([
      { name: 'a', value: '1' },
      { name: 'b', value: '' },
      { name: 'c', value: 'x=y' },
      { name: 'd', value: ' e ' },
    ])
    expect(() => splitWords(['=x'])).toThrow('is not of the form name=value')
    expect(() => splitWords(['a=1', 'plain'])).toThrow('"plain"')
  })

  test('that are files: by name, with @, or as text', async () => {
    const path = join(folder, 'data')
    expect(await fileWord('a', path)).toEqual({ path, size: 5 })
    expect(await fileWord('a', `@${path}`)).toEqual({ path, size: 5 })
    expect(await fileWord('a', 'text:')).toEqual({ text: '' })
    expect(await fileWord('a', 'text:@x=1')).toEqual({ text: '@x=1' })
    expect(await fileWord('a', folder)).toMatchObject({ input: 'a', rule: 'is a folder; give a file' })
    expect(await fileWord('a', '')).toMatchObject({ input: 'a', value: '' })
  })

  test('of a list of files may name a folder, which stands for the files in it', async () => {
    const tree = join(folder, 'tree')
    await mkdir(join(tree, 'inside'), { recursive: true })
    for (const name of ['b', 'a', '.hidden']) await writeFile(join(tree, name), name)
    expect(await filesBehind(tree)).toEqual([join(tree, 'a'), join(tree, 'b')])
    expect(await filesBehind(join(tree, 'a'))).toEqual([join(tree, 'a')])
    // What is not there, and what holds nothing, is told of as it was named.
    expect(await filesBehind(join(tree, 'inside'))).toEqual([join(tree, 'inside')])
    const known = [{ name: 'x', isFile: true, isList: true }]
    const { parameters } = await sortWords([`x=${tree}`, 'x=more'], known, async (_, value) => ({ value }))
    expect(parameters).toEqual({ x: [join(tree, 'a'), join(tree, 'b'), 'more'].map(value => ({ value })) })
  })
})
