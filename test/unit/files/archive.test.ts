import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addBytes, addFile, closeArchive, membersOf, readMember } from '../../../src/files/archive.ts'
import { SpoolFile } from '../../../src/files/spool.ts'
import { blockBytes, headerOf, parseHeader } from '../../../src/files/ustar.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gridwrap-archive-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** An archive of these files, made by us. */
async function packed(name: string, files: Readonly<Record<string, string>>): Promise<string> {
  await using archive = await SpoolFile.open(folder, { limit: Number.MAX_SAFE_INTEGER, what: 'the archive' })
  for (const [path, text] of Object.entries(files)) await addBytes(archive, path, Buffer.from(text))
  await closeArchive(archive)
  await archive.finish()
  await archive.commit(folder, name)
  return join(folder, name)
}

async function read(path: string): Promise<Record<string, string>> {
  await using archive = await open(path, 'r')
  const found: Record<string, string> = {}
  for await (const member of membersOf(archive))
    found[member.name] = (await readMember(archive, member, 1_000_000)).toString()
  return found
}

const long = `${'d'.repeat(90)}/${'e'.repeat(60)}/${'f'.repeat(100)}`
const files = { 'checkpoint.json': '{}', 'state/ümlaut.dat': 'x'.repeat(513), [long]: 'deep', empty: '' }

describe('an archive', () => {
  test('that we write, tar unpacks', async () => {
    const path = await packed('ours.tar', files)
    const out = join(folder, 'out')
    await mkdir(out)
    execFileSync('tar', ['-xf', path, '-C', out])
    for (const [name, text] of Object.entries(files)) expect(await readFile(join(out, name), 'utf8')).toBe(text)
    expect(await read(path)).toEqual(files)
  })

  test('that tar writes, we read', async () => {
    const source = join(folder, 'source')
    await mkdir(source)
    await writeFile(join(source, 'a'), 'first')
    await writeFile(join(source, 'b'), 'second')
    for (const format of ['ustar', 'gnu']) {
      const path = join(folder, `${format}.tar`)
      execFileSync('tar', [`--format=${format}`, '-cf', path, '-C', source, 'a', 'b'])
      expect(await read(path)).toEqual({ a: 'first', b: 'second' })
    }
  })

  test('with links or folders in it is refused', async () => {
    const source = join(folder, 'linked')
    await mkdir(source)
    execFileSync('ln', ['-s', '/etc/passwd', join(source, 'a')])
    const path = join(folder, 'linked.tar')
    execFileSync('tar', ['--format=ustar', '-cf', path, '-C', source, 'a'])
    await expect(read(path)).rejects.toMatchObject({
      code: 'invalid-input',
      message: expect.stringContaining('something else than plain files') as string,
    })
  })

  test('takes a file as it was when its checksum was taken, or not at all', async () => {
    await writeFile(join(folder, 'growing'), 'abc')
    const told = { name: 'growing', size: 3, sha256: sha256(Buffer.from('abc')) }
    await using archive = await SpoolFile.open(folder, { limit: 10_000, what: 'the archive' })
    expect(await addFile(archive, folder, told, 'x')).toBe(true)
    await writeFile(join(folder, 'growing'), 'abd')
    expect(await addFile(archive, folder, told, 'x')).toBe(false)
    await writeFile(join(folder, 'growing'), 'abcd')
    expect(await addFile(archive, folder, told, 'x')).toBe(false)
  })

  test('that is cut off anywhere is refused, or lacks only its end', async () => {
    const whole = await readFile(await packed('whole.tar', { a: 'first', b: 'x'.repeat(700) }))
    const path = join(folder, 'cut.tar')
    for (let length = 0; length < whole.length - 2 * blockBytes; length += 97) {
      await writeFile(path, whole.subarray(0, length))
      await expect(read(path)).rejects.toMatchObject({ code: 'invalid-input' })
    }
  })
})

describe('a header', () => {
  const name = fc
    .array(fc.stringMatching(/^[A-Za-z0-9._äß-]{1,12}$/), { minLength: 1, maxLength: 6 })
    .map(parts => parts.join('/'))
  test('is read as it was written', () => {
    const size = fc.oneof(fc.nat(), fc.bigInt(0n, BigInt(Number.MAX_SAFE_INTEGER)).map(Number))
    fc.assert(
      fc.property(name, size, (n, s) => {
        expect(parseHeader(headerOf({ name: n, size: s }))).toEqual({ name: n, size: s })
      }),
    )
  })

  test('that is changed in one place is refused', () => {
    const change = fc.tuple(name, fc.nat(499), fc.integer({ min: 1, max: 255 }))
    fc.assert(
      fc.property(change, ([n, at, by]) => {
        const block = Buffer.from(headerOf({ name: n, size: 5 }))
        block[at] = ((block[at] ?? 0) + by) % 256
        expect(parseHeader(block)).toSatisfy(found => found === 'end' || 'problem' in found || found.size === 5)
      }),
    )
  })

  test('of any bytes is read, or refused, and never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 0, maxLength: 600 }), bytes => {
        expect(parseHeader(bytes)).toBeDefined()
      }),
    )
  })
})
