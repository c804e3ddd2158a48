import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { needs } from '../../support/peer.ts'
import { root } from '../../support/site.ts'
import { type Ran, run } from './command.ts'

let folder: string
const hasCwltool = needs('cwltool')

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gridwrap-cwl-'))
  await writeFile(join(folder, 'show.sh'), show)
  await writeFile(join(folder, 'deck.dat'), 'a deck\n')
  await writeFile(join(folder, 'b.dat'), 'b\n')
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Prints its words, a line each, and makes the files that the tool promises. */
const show = `echo "greeting $GREETING"
for word in "$@"; do echo "<\${word##*/}>"; done
echo made > result.txt
cat settings.ini > level.txt
for word in "$@"; do case $word in *deck.dat) cp "$word" deck.copy;; esac; done
echo 1 > part-1.txt; echo 2 > part-2.txt
`
const fixture = (name: string): string => join(root, 'test/fixtures/cwl', name)
const command = (...words: readonly string[]): Promise<Ran> =>
  run(words, { env: { PATH: process.env['PATH'] ?? '', HOME: folder, TMPDIR: folder }, cwd: folder })

async function byCwltool(tool: string, job: object): Promise<string> {
  const out = join(folder, `cwltool-${tool}`)
  await mkdir(out)
  await writeFile(join(out, 'job.json'), JSON.stringify(job))
  const words = ['--no-container', '--outdir', out, fixture(tool), join(out, 'job.json')]
  const { status, stderr } = spawnSync('cwltool', words, { cwd: folder, encoding: 'utf8' })
  expect({ status, stderr }).toMatchObject({ status: 0 })
  return out
}
const file = (name: string): object => ({ class: 'File', path: join(folder, name) })

test.skipIf(!hasCwltool)('a tool with every kind of binding runs as cwltool runs it', async () => {
  const out = await byCwltool('everything.cwl', {
    ...{ script: file('show.sh'), joined: 7, quiet: true, name: 'it is', numbers: [1, -2], commas: [0.5, 2.25] },
    ...{
      each: ['x y', 'z'],
      choice: 'slow',
      deck: file('deck.dat'),
      several: [file('b.dat')],
      one_or_more: ['p', 'q'],
    },
  })
  expect(await command('import', 'cwl', fixture('everything.cwl'), '--out', '.')).toMatchObject({
    code: 0,
    stderr: expect.stringContaining('out_name is always result.txt'),
  })
  const ran = await command(
    ...['run', './everything', 'script=show.sh', 'joined=7', 'quiet=true', 'name=it is', 'numbers=1', 'numbers=-2'],
    ...['commas=0.5', 'commas=2.25', 'each=x y', 'each=z', 'choice=slow', 'deck=deck.dat', 'several=b.dat'],
    ...['one_or_more=p', 'one_or_more=q', '--out', 'results'],
  )
  expect(ran).toMatchObject({ code: 0 })
  const [theirs, ours] = await Promise.all(
    [join(out, 'words.txt'), join(folder, 'results/stdout')].map(path => readFile(path, 'utf8')),
  )
  // A file of a list has a name of ours.
  expect(ours?.replace('<several-0001.dat>', '<b.dat>')).toBe(theirs)
  for (const name of ['result.txt', 'level.txt', 'deck.copy', 'part-1.txt', 'part-2.txt'])
    expect(await readFile(join(folder, 'results', name), 'utf8')).toBe(await readFile(join(out, name), 'utf8'))
})

test.skipIf(!hasCwltool)('a tool of the first version, with its parameters in lists', async () => {
  await writeFile(join(folder, 'text'), 'b 1\na 2\n')
  const out = await byCwltool('sorted.cwl', { text: file('text'), reverse: true, key: 2 })
  expect(await command('import', 'cwl', fixture('sorted.cwl'), '--out', '.')).toMatchObject({ code: 0 })
  const ran = await command('run', './sorted', 'text=text', 'reverse=true', 'key=2', '--out', 'lines')
  expect(ran).toMatchObject({ code: 0 })
  expect(await readFile(join(folder, 'lines/stdout'), 'utf8')).toBe(await readFile(join(out, 'sorted.out'), 'utf8'))
})
