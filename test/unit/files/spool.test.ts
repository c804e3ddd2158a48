import { spawnSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { isSpooling, SpoolFile } from '../../../src/files/spool.ts'

let place = ''
beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), 'spool-'))
})
afterAll(() => rm(place, { recursive: true }))
let [spool, work] = ['', '']
beforeEach(() => {
  const here = join(place, Math.random().toString(36).slice(2))
  spool = join(here, 'spool')
  work = join(here, 'work')
  mkdirSync(spool, { recursive: true })
  mkdirSync(work)
})
const options = { limit: 1_000_000, what: 'The file "a"' }

describe('a spool file', () => {
  test('is written under a random name, and stands under its own in one step', async () => {
    const bytes = randomBytes(500_000)
    {
      await using file = await SpoolFile.open(spool, options)
      const received = await file.receive(Readable.from([bytes.subarray(0, 70_000), bytes.subarray(70_000)]))
      expect(received).toEqual({ size: 500_000, sha256: createHash('sha256').update(bytes).digest('hex') })
      expect(readdirSync(spool).every(isSpooling)).toBe(true)
      expect(readdirSync(work)).toEqual([])
      writeFileSync(join(work, 'result'), 'older')
      await file.commit(work, 'result')
    }
    expect(readFileSync(join(work, 'result')).equals(bytes)).toBe(true)
    expect(readdirSync(spool)).toEqual([])
  })

  test('is empty when nothing came', async () => {
    await using file = await SpoolFile.open(spool, options)
    expect(await file.finish()).toEqual({ size: 0, sha256: createHash('sha256').digest('hex') })
    await file.commit(spool, 'input')
    expect(readFileSync(join(spool, 'input'), 'utf8')).toBe('')
  })

  test('takes its limit and not a byte more, and leaves nothing', async () => {
    {
      await using file = await SpoolFile.open(spool, { ...options, limit: 10 })
      await file.write(new Uint8Array(10))
      await expect(file.write(new Uint8Array(1))).rejects.toMatchObject({
        code: 'too-large',
        message: 'The file "a" is larger than the 10 B that are taken.',
      })
    }
    expect(readdirSync(spool)).toEqual([])
  })

  test('is gone when its source breaks off, or the call is given up', async () => {
    const broken = async (): Promise<void> => {
      await using file = await SpoolFile.open(spool, options)
      await file.receive(
        (async function* () {
          yield new Uint8Array(5)
          throw new Error('the wire was cut')
        })(),
      )
    }
    await expect(broken()).rejects.toThrow('the wire was cut')
    const given = async (): Promise<void> => {
      await using file = await SpoolFile.open(spool, options)
      await file.receive(Readable.from([new Uint8Array(5)]), AbortSignal.abort(new Error('given up')))
    }
    await expect(given()).rejects.toThrow('given up')
    expect(readdirSync(spool)).toEqual([])
  })

  test('is not committed by halves, nor where no caller may write', async () => {
    await using file = await SpoolFile.open(spool, options)
    await expect(file.commit(work, 'x')).rejects.toThrow(/before it was whole/)
    await file.finish()
    await expect(file.commit(work, '../x')).rejects.toMatchObject({ code: 'denied' })
    await expect(file.commit(work, 'no/such/x')).rejects.toMatchObject({ code: 'not-found' })
    await file.commit(work, 'x')
    await expect(file.commit(work, 'y')).rejects.toThrow(/twice/)
    await expect(file.write(new Uint8Array(1))).rejects.toThrow(/after the end/)
  })

  test.for([
    ['front.upload.before-rename', false],
    ['front.upload.after-rename', true],
  ] as const)('survives a kill at %s', ([point, there]) => {
    const script = `const { SpoolFile } = await import(${JSON.stringify(join(import.meta.dirname, '../../../src/files/spool.ts'))})
      const file = await SpoolFile.open(${JSON.stringify(spool)}, { limit: 10, what: 'x' })
      await file.write(Buffer.from('whole')); await file.finish(); await file.commit(${JSON.stringify(work)}, 'x')`
    const ran = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      env: { ...process.env, GRIDWRAP_CRASH_AT: point },
    })
    expect(ran.signal).toBe('SIGKILL')
    expect(existsSync(join(work, 'x'))).toBe(there)
    if (there) expect(readFileSync(join(work, 'x'), 'utf8')).toBe('whole')
    expect(readdirSync(spool).map(isSpooling)).toEqual(there ? [] : [true])
  })
})
