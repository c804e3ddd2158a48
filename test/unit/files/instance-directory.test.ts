import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newId } from '../../../src/core/ids.ts'
import { directorySize } from '../../../src/files/directory-size.ts'
import {
  attemptControl,
  createInstanceDirectory,
  emptyDirectory,
  instanceDirectory,
  removeInstanceDirectory,
} from '../../../src/files/instance-directory.ts'

let base = ''
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'instances-'))
  chmodSync(base, 0o755)
})
afterAll(() => rm(base, { recursive: true, force: true }))

const mode = (path: string): number => statSync(path).mode & 0o777

describe('the directories of an instance', () => {
  test('are made, again without harm, and removed, again without harm', async () => {
    const id = newId()
    const directory = await createInstanceDirectory(base, id)
    expect(directory).toEqual(instanceDirectory(base, id))
    expect(directory.path).toBe(join(base, id.slice(0, 2), id))
    expect(attemptControl(directory, 2)).toBe(join(directory.control, '2'))
    expect([mode(directory.control), mode(directory.spool)]).toEqual([0o700, 0o700])
    expect(mode(directory.work) & 0o027).toBe(0)
    writeFileSync(join(directory.work, 'result'), 'x')
    await createInstanceDirectory(base, id)
    expect(readFileSync(join(directory.work, 'result'), 'utf8')).toBe('x')
    await removeInstanceDirectory(base, id)
    await removeInstanceDirectory(base, id)
    expect(existsSync(directory.path)).toBe(false)
    expect(() => instanceDirectory(base, '../../etc')).toThrow(/no instance id/)
  })

  test('are removed with links, fifos, and names of any bytes in them, and nothing that a link points to', async () => {
    const id = newId()
    const { work } = await createInstanceDirectory(base, id)
    mkdirSync(join(base, 'elsewhere', 'deep'), { recursive: true })
    writeFileSync(join(base, 'elsewhere', 'deep', 'kept'), 'kept')
    symlinkSync(join(base, 'elsewhere'), join(work, 'link'))
    mkdirSync(join(work, 'd'))
    symlinkSync(join(base, 'elsewhere', 'deep'), join(work, 'd', 'link'))
    execFileSync('mkfifo', [join(work, 'd', 'fifo')])
    const raw = Buffer.concat([Buffer.from(`${work}/d/`), Buffer.from([0xff, 0xfe, 0x0a, 0x5c])])
    mkdirSync(raw)
    writeFileSync(Buffer.concat([raw, Buffer.from([0x2f, 0x80])]), '')
    mkdirSync(join(work, 'x'.repeat(255), 'y'.repeat(255)), { recursive: true })
    await removeInstanceDirectory(base, id)
    expect(existsSync(work)).toBe(false)
    expect(readdirSync(join(base, 'elsewhere', 'deep'))).toEqual(['kept'])
  })

  test('are removed when they lie deeper than any path reaches', async () => {
    const id = newId()
    const { work } = await createInstanceDirectory(base, id)
    execFileSync(
      'python3',
      ['-c', 'import os\nfor i in range(300):\n os.mkdir("d"*200); open("f","w").close(); os.chdir("d"*200)'],
      { cwd: work },
    )
    expect(await directorySize(work)).toBeGreaterThan(0)
    const before = readdirSync('/proc/self/fd').length
    await removeInstanceDirectory(base, id)
    expect(existsSync(work)).toBe(false)
    expect(readdirSync('/proc/self/fd').length).toBe(before)
  })

  test('are removed when the program closed them to us', async () => {
    // As an ordinary account: root is let in everywhere.
    const account = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {}
    const home = await mkdtemp(join(tmpdir(), 'closed-'))
    chmodSync(home, 0o777)
    const module = join(import.meta.dirname, '../../../src/files/instance-directory.ts')
    const script = `import fs from 'node:fs'
      import { emptyDirectory } from ${JSON.stringify(module)}
      const top = ${JSON.stringify(join(home, 'top'))}
      for (const path of ['a/b/c', 'a/d', 'e/f']) { fs.mkdirSync(top + '/' + path, { recursive: true }); fs.writeFileSync(top + '/' + path + '/file', '') }
      for (const path of ['a/b/c', 'a/b', 'a/d', 'a', 'e/f', 'e']) fs.chmodSync(top + '/' + path, 0)
      fs.chmodSync(top, 0o100)
      await emptyDirectory(top)
      console.log(fs.readdirSync(top).length)`
    const told = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
      ...account,
      cwd: '/',
      env: {},
    }).toString()
    expect(told.trim()).toBe('0')
    await rm(home, { recursive: true })
  })

  test('may be emptied and kept', async () => {
    const { work } = await createInstanceDirectory(base, newId())
    for (let i = 0; i < 300; i++) mkdirSync(join(work, `${i}`, 'x', 'y'), { recursive: true })
    await emptyDirectory(work)
    expect(readdirSync(work)).toEqual([])
    await emptyDirectory(join(work, 'not-there'))
    symlinkSync(base, join(work, 'link'))
    await expect(emptyDirectory(join(work, 'link'))).rejects.toThrow(/ENOTDIR/)
  })
})

test('the size of a directory is what it takes up, whatever the names', async () => {
  const { work } = await createInstanceDirectory(base, newId())
  expect(await directorySize(join(work, 'none'))).toBe(0)
  mkdirSync(join(work, 'a\\b'))
  writeFileSync(join(work, 'a\\b', 'big\n'), Buffer.alloc(1_000_000, 1))
  symlinkSync('/usr', join(work, 'link'))
  const size = await directorySize(work)
  expect(size).toBeGreaterThanOrEqual(1_000_000)
  expect(size).toBeLessThan(1_100_000)
})
