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

test.skipIf(!hasCwltool || !needs('needle'))(
  'a description that is exported runs in cwltool as it runs here',
  async () => {
    const service = join(root, 'services/needle')
    const exported = await command('export', 'cwl', service)
    expect(exported).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('score, a value that is read out of alignment'),
    })
    await writeFile(join(folder, 'needle.cwl'), exported.stdout)
    const sequence = (name: string): object => ({ class: 'File', path: join(service, name) })
    const job = { gapopen: 12, endweight: true, a: sequence('hba.fasta'), b: sequence('hbb.fasta') }
    await writeFile(join(folder, 'job.json'), JSON.stringify(job))
    const theirs = spawnSync(
      'cwltool',
      ['--no-container', '--outdir', join(folder, 'theirs'), 'needle.cwl', 'job.json'],
      {
        ...{ cwd: folder, encoding: 'utf8' },
      },
    )
    expect(theirs).toMatchObject({ status: 0 })
    const inputs = ['gapopen=12', 'endweight=true', `a=${service}/hba.fasta`, `b=${service}/hbb.fasta`]
    expect(await command('run', service, ...inputs, '--out', 'ours')).toMatchObject({ code: 0 })
    // The head of the report holds times and paths.
    const [one, other] = await Promise.all(
      ['theirs', 'ours'].map(async at =>
        (await readFile(join(folder, at, 'needle.out'), 'utf8')).replace(/^#.*\n/gm, ''),
      ),
    )
    expect(other).toBe(one)
  },
)

test('what is imported can be exported, and imported again', async () => {
  expect(await command('import', 'cwl', fixture('everything.cwl'), '--out', 'first')).toMatchObject({ code: 0 })
  const exported = await command('export', 'cwl', 'first/everything')
  expect(exported).toMatchObject({ code: 0 })
  await writeFile(join(folder, 'again.cwl'), exported.stdout)
  const again = await command('import', 'cwl', 'again.cwl')
  expect(again).toMatchObject({ code: 0 })
  const commandIn = (text: string): string =>
    /^command: \|-\n((?: {2}.*\n)*)/m.exec(text)?.[1]?.replace(/\s+/g, ' ') ?? text
  expect(commandIn(again.stdout)).toBe(
    commandIn(await readFile(join(folder, 'first/everything/application.yaml'), 'utf8')),
  )
})

test('a choice has the program’s words, also in its default; a joined list stays in its word', async () => {
  const exported = await command('export', 'cwl', join(root, 'services/clustalo'))
  expect(exported.stdout).toMatch(/symbols:\s+- fasta\s+- clustal\s+- st\s[\s\S]*default: st\n/)
})

test.each([
  ['prog [b? -n {n}]', 'a part with a value that is there when b is given'],
  ['prog {b}', 'b as a word, true or false,'],
  ['prog a{l}b', 'a list, or true and false, inside a word'],
  ['prog {n}\nsetup: module load x', 'its set-up is text for a shell'],
])('is refused: %s', async (line, said) => {
  await mkdir(join(folder, 'odd'), { recursive: true })
  const inputs =
    "{b: {type: boolean, default: false}, n: {type: integer, default: 1}, l: {type: string, many: 1..3, join: ',', default: [a]}}"
  const used = line.startsWith('prog [b?') ? '{l}' : '[b? -b] {n} {l}'
  const text = line.includes('\n') ? line.replace('\n', ` ${used}\n`) : `${line} ${used}`
  await writeFile(
    join(folder, 'odd/application.yaml'),
    `gridwrap: 1\nname: odd\ntitle: Odd\ncommand: ${text}\ninputs: ${inputs}\n`,
  )
  expect(await command('export', 'cwl', 'odd')).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringContaining(said),
  })
})

test('what only JavaScript could say is told, and nothing is written', async () => {
  await mkdir(join(folder, 'own'))
  const description = `gridwrap: 1
name: own
title: Own
command: prog [mode=fast? -O3] [!quiet? -v]
inputs: {mode: {type: choice, values: [fast, slow], default: fast}, quiet: {type: boolean, default: false}}
`
  await writeFile(join(folder, 'own/application.yaml'), description)
  const exported = await command('export', 'cwl', 'own')
  expect(exported).toMatchObject({ code: 2, stdout: '' })
  expect(exported.stderr).toContain('a part that is there when mode is something else needs JavaScript in CWL')
})
