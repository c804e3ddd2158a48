import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sessionLoop } from '../../../src/application/importers/python/session-loop.ts'
import type { JobRef } from '../../../src/factory/job-status.ts'
import { root, TestSite } from '../../support/site.ts'
import { run } from './command.ts'

const geometry = `"""Shapes in the plane

Simple formulas."""
from pathlib import Path
from typing import Literal, Optional
total = 0.0

def area(radius: float, scale: float = 1.0) -> float:
    """The area of a circle"""
    return 3.0 * radius ** 2 * scale

def count(words: list[str], minimum: int = 0, exact: bool = False) -> int:
    print("noise")
    return len([w for w in words if len(w) >= minimum and (not exact or len(w) == minimum)])

def accumulate(values: list[float]) -> list[float]:
    global total
    total += sum(values)
    return [total, *values]

def shout(text: str, mode: Literal['up', 'down'] = 'up', suffix: Optional[str] = None) -> dict:
    return {'text': (text.upper() if mode == 'up' else text.lower()) + (suffix or '')}

def lines(path: Path) -> int:
    return len(path.read_text().splitlines())

def evaluate(x: int) -> None: pass
def untyped(a): return a
def many(*args: int) -> int: return 0
async def later(x: int) -> int: return x
def computed(x: float = float('nan')) -> float: return x
`

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gridwrap-python-'))
  await mkdir(join(folder, 'out'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const command = (...words: readonly string[]) => run(words, { env: { PATH: process.env['PATH'] ?? '', HOME: folder } })

test('the loop that is written into descriptions is the one of the shipped service', async () => {
  expect(sessionLoop).toBe(await readFile(join(root, 'services/python/session.py'), 'utf8'))
})

test('annotated functions become typed calls; of the rest it is said why not', async () => {
  await writeFile(join(folder, 'geometry.py'), geometry)
  const made = await command('import', 'python', join(folder, 'geometry.py'), '--out', join(folder, 'out'))
  expect(made).toMatchObject({ code: 0 })
  for (const note of [
    'evaluate is called do_evaluate',
    'untyped is left out: a has no annotation',
    'many is left out: it takes any number of arguments',
    'later is left out: it is asynchronous',
    'computed is left out: the default of x is computed',
  ])
    expect(made.stderr).toContain(note)
  await using site = await TestSite.start({ services: [join(folder, 'out/geometry')] })
  using connection = site.connect()
  const service = await site.service('geometry', connection)
  const { job } = await service.call<{ job: JobRef }>('submit', {})
  const call = async (name: string, parameters: object): Promise<unknown> =>
    (await service.call<{ results: { result?: unknown } }>(name, { ...parameters }, job.handle)).results.result
  expect(await call('area', { radius: 2 })).toBe(12)
  expect(await call('count', { words: ['a', '"; quit() #', 'ccc'], minimum: 1n, exact: true })).toBe(1n)
  expect(await call('count', {})).toBe(0n)
  expect(await call('accumulate', { values: [1, 2.5] })).toEqual([3.5, 1, 2.5])
  expect(await call('accumulate', { values: [1] })).toEqual([4.5, 1])
  expect(await call('shout', { text: 'Ä"\\' })).toBe('{"text": "\\u00c4\\"\\\\"}')
  expect(await call('shout', { text: 'A', mode: 'down', suffix: '!' })).toBe('{"text": "a!"}')
  expect(await call('lines', { path: { text: 'a\nb\n' } })).toBe(2n)
  expect(await call('do_evaluate', { x: 1n })).toBeUndefined()
  await service.call('destroy', {}, job.handle)
}, 60_000)

test('a module is read, and not run', async () => {
  await writeFile(join(folder, 'loud.py'), 'raise SystemExit("it was run")\ndef f(x: int) -> int: return x\n')
  expect(await command('import', 'python', join(folder, 'loud.py'))).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('name: loud') as string,
  })
  await writeFile(join(folder, 'bad.py'), 'def f(:\n')
  expect(await command('import', 'python', join(folder, 'bad.py'))).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('SyntaxError') as string,
  })
})
