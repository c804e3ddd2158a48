import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { needs } from '../../support/peer.ts'
import { type Ran, run } from './command.ts'

/** Reads a file of its own beside what it is given, says how far it is, and leaves files. */
const tool = `#!/bin/sh
set -e
cat settings.txt >/dev/null
for p in 10 50 100; do echo "$p%" >&2; done
n=1; while [ $n -le $3 ]; do cp "$1" part$n.dat; n=$((n+1)); done
cat >copy.txt
cat "$1" >"$2"
echo Everything went well
`

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gridwrap-wrap-test-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function folderWithTool(name: string): Promise<string> {
  const own = join(folder, name)
  await mkdir(own)
  await writeFile(join(own, 'tool.sh'), tool, { mode: 0o755 })
  for (const file of ['in.txt', 'settings.txt', 'deck']) await writeFile(join(own, file), `${file}\n`)
  return own
}
const gridwrap = (cwd: string, words: readonly string[], path = process.env['PATH'] ?? ''): Promise<Ran> =>
  run(words, { env: { PATH: path, HOME: folder }, cwd })

describe('gridwrap wrap', () => {
  test.runIf(needs('strace'))('proposes a description that runs, with what belongs to it', async () => {
    const own = await folderWithTool('traced')
    const words = ['wrap', '--out', 'services', '--stdin', 'deck', '--', './tool.sh', 'in.txt', 'out.txt', '5']
    const made = await gridwrap(own, words)
    expect(made).toMatchObject({ code: 0 })
    const text = await readFile(join(own, 'services/tool/application.yaml'), 'utf8')
    for (const line of [
      'command: ./tool.sh {in_} {out_} {value}',
      'settings: {type: file, name: settings.txt, help: Was settings.txt}',
      'dat_files: {files: "*.dat"}',
      'copy_txt: copy.txt',
      'value: {type: integer, default: 5}',
      "progress: {in: stderr, match: '(?<percent>\\d+(?:\\.\\d+)?) ?%'}",
      'printed: {contains: Everything went well}',
    ])
      expect(text).toContain(line)
    expect(await gridwrap(own, ['check', '--run', 'services/tool'])).toMatchObject({ code: 0 })
    const again = await gridwrap(own, words)
    expect(again).toMatchObject({ code: 2 })
    expect(again.stderr).toContain('is there already; --force replaces it')
  })

  test('without strace, tells from what has changed, and says so', async () => {
    const own = await folderWithTool('guessed')
    const bin = join(folder, 'bin')
    await mkdir(bin)
    for (const name of ['sh', 'cat', 'cp', 'env', 'setsid', 'readlink', 'dirname', 'node']) {
      const found = name === 'node' ? process.execPath : `/usr/bin/${name}`
      await symlink(found, join(bin, name))
    }
    const made = await gridwrap(own, ['wrap', '--stdin', 'deck', '--', './tool.sh', 'in.txt', 'out.txt', '1'], bin)
    expect(made).toMatchObject({ code: 0 })
    expect(made.stdout).toContain('command: ./tool.sh {in_} {out_} {value}')
    expect(made.stdout).not.toContain('settings')
    expect(made.stderr).toContain('strace is not installed')
    expect(made.stderr).toContain('tool.sh belong beside it; --out DIR puts them there')
  })

  test('says how a command failed, and which there is not', async () => {
    const failed = await gridwrap(folder, ['wrap', '--', 'sh', '-c', 'echo no good >&2; exit 3'])
    expect(failed).toMatchObject({ code: 0 })
    expect(failed.stderr).toContain('It ended with exit code 3')
    expect(failed.stderr).toContain('no good')
    const missing = await gridwrap(folder, ['wrap', '--', 'no-such-program'])
    expect(missing).toMatchObject({ code: 2 })
    expect(missing.stderr).toMatch(/no-such-program/)
    expect(await gridwrap(folder, ['wrap', '--stdin', 'nothing', '--', 'true'])).toMatchObject({ code: 2 })
  })
})
