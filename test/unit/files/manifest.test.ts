import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeManifest } from '../../../src/files/manifest.ts'
import { mediaTypeOf } from '../../../src/files/media-type.ts'

let root = ''
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'manifest-'))
  mkdirSync(join(root, 'out', 'deep'), { recursive: true })
  for (const name of ['b.fits', 'a.fits', '.hidden.fits', 'log.txt', 'out/x.dat', 'out/deep/y.dat'])
    writeFileSync(join(root, name), name)
  symlinkSync('/etc/passwd', join(root, 'c.fits'))
  symlinkSync('/etc', join(root, 'etc'))
  mkdirSync(join(root, 'd.fits'))
  execFileSync('mkfifo', [join(root, 'e.fits'), join(root, 'out', 'fifo')])
  writeFileSync(join(root, 'line\nbreak.fits'), '')
})
afterAll(() => rm(root, { recursive: true }))

const names = async (
  ...rest: Parameters<typeof makeManifest> extends [string, ...infer R] ? R : never
): Promise<readonly string[]> => (await makeManifest(root, ...rest)).files.map(file => file.name)

describe('a manifest', () => {
  test('says name, size, checksum and type', async () => {
    expect(await makeManifest(root, { kind: 'file', name: 'a.fits' })).toEqual({
      files: [
        {
          name: 'a.fits',
          size: 6,
          sha256: createHash('sha256').update('a.fits').digest('hex'),
          mediaType: 'image/fits',
        },
      ],
      truncated: false,
    })
  })

  test('is of regular files only, in order', async () => {
    expect(await names({ kind: 'files', pattern: '*.fits' })).toEqual(['a.fits', 'b.fits'])
    expect(await names({ kind: 'files', pattern: '?.fits' })).toEqual(['a.fits', 'b.fits'])
    expect(await names({ kind: 'files', pattern: 'out/*' })).toEqual(['out/x.dat'])
    expect(await names({ kind: 'files', pattern: '*/*/*.dat' })).toEqual(['out/deep/y.dat'])
    expect(await names({ kind: 'directory', name: 'out' })).toEqual(['out/deep/y.dat', 'out/x.dat'])
    expect(await names({ kind: 'directory', name: 'out/deep' })).toEqual(['out/deep/y.dat'])
    for (const name of ['c.fits', 'd.fits', 'e.fits', 'none', 'etc/passwd'])
      expect(await names({ kind: 'file', name })).toEqual([])
    expect(await names({ kind: 'directory', name: 'etc' })).toEqual([])
    expect(await names({ kind: 'files', pattern: 'etc/*' })).toEqual([])
    await expect(makeManifest(root, { kind: 'file', name: '../x' })).rejects.toMatchObject({ code: 'denied' })
    await expect(makeManifest(root, { kind: 'directory', name: '/etc' })).rejects.toMatchObject({ code: 'denied' })
    expect(await makeManifest(join(root, 'none'), { kind: 'files', pattern: '*' })).toEqual({
      files: [],
      truncated: false,
    })
  })

  test('says that there was more', async () => {
    expect(await makeManifest(root, { kind: 'files', pattern: '*.fits' }, { most: 1 })).toMatchObject({
      truncated: true,
      files: { length: 1 },
    })
    expect(await makeManifest(root, { kind: 'files', pattern: '*.fits' }, { most: 2 })).toMatchObject({
      truncated: false,
    })
    const many = await mkdtemp(join(tmpdir(), 'many-'))
    for (let i = 0; i < 10_005; i++) writeFileSync(join(many, `f${i}`), '')
    const manifest = await makeManifest(many, { kind: 'directory', name: '' })
    expect([manifest.files.length, manifest.truncated]).toEqual([10_000, true])
    await rm(many, { recursive: true })
  })
})

test('media types go by the ending', () => {
  expect(['a.PNG', 'x/y.tar.gz', '.txt', 'README', 'a.constructor', 'a.', 'a.txt/b'].map(mediaTypeOf)).toEqual([
    'image/png',
    'application/gzip',
    'application/octet-stream',
    'application/octet-stream',
    'application/octet-stream',
    'application/octet-stream',
    'application/octet-stream',
  ])
})
