import { createHash, randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MemorySink, memorySource } from '../../../src/gridftp/data/memory.ts'
import { ByteRanges } from '../../../src/gridftp/protocol/byte-ranges.ts'
import type { Endpoint, Entry, ReadOptions, WriteOptions } from '../../../src/transfer/endpoint.ts'
import { below, type Location } from '../../../src/transfer/location.ts'

/** What an implementation of {@link Endpoint} is, for its tests. */
export interface Implementation {
  readonly name: string
  /** A server, a folder of its own that is empty, and an endpoint for it. */
  readonly setUp: () => Promise<{ readonly root: Location; readonly endpoint: Endpoint }>
  readonly tearDown: () => Promise<void>
  /** Whether it has directories to list, make and remove. */
  readonly directories: boolean
  readonly checksums: boolean
  readonly setsTimes: boolean
}

/** What every protocol has to do, whatever is behind it. */
export function endpointSuite(implementation: Implementation): void {
  describe(implementation.name, () => {
    let root: Location
    let endpoint: Endpoint
    beforeAll(async () => {
      const made = await implementation.setUp()
      root = made.root
      endpoint = made.endpoint
    })
    afterAll(async () => {
      await endpoint[Symbol.asyncDispose]()
      await implementation.tearDown()
    })
    const at = (name: string): string => below(root, name).path
    const put = (name: string, bytes: Uint8Array, more: Partial<WriteOptions> = {}): Promise<void> =>
      endpoint.write(at(name), memorySource(bytes), {
        ...{ stored: undefined, onStored: () => undefined, signal: undefined, onBytes: () => undefined },
        ...more,
      })
    const get = async (name: string, more: Partial<ReadOptions> = {}): Promise<Buffer> => {
      const sink = new MemorySink(100_000_000)
      await endpoint.read(at(name), sink, {
        ...{ have: new ByteRanges(), inOrder: false, signal: undefined, onBytes: () => undefined },
        ...more,
      })
      return sink.bytes
    }
    const large = randomBytes(3_456_789)

    test('gives back what it was given', async () => {
      for (const [name, bytes] of Object.entries({ large, empty: Buffer.alloc(0), small: Buffer.from('x') })) {
        const out = counter()
        const back = counter()
        await put(name, bytes, { onBytes: out.add })
        expect((await get(name, { onBytes: back.add })).equals(bytes)).toBe(true)
        expect([out.sum, back.sum]).toEqual([bytes.length, bytes.length])
      }
    })

    test('replaces what was there, also by something shorter', async () => {
      await put('replaced', large)
      await put('replaced', Buffer.from('short'))
      expect((await get('replaced')).toString()).toBe('short')
    })

    test('tells what a file is', async () => {
      const before = Date.now()
      await put('told', large)
      const { name, kind, size, modified = 0 } = await endpoint.stat(at('told'))
      expect({ name, kind, size }).toEqual({ name: 'told', kind: 'file', size: large.length })
      expect(Math.abs(modified - before)).toBeLessThan(60_000)
    })

    test('goes on where one has something already', async () => {
      await put('resumed', large)
      const have = ByteRanges.of([{ start: 0, end: 1_000_000 }])
      const count = counter()
      const rest = await get('resumed', { have, onBytes: count.add })
      expect(rest.subarray(1_000_000).equals(large.subarray(1_000_000))).toBe(true)
      expect(count.sum).toBe(large.length - 1_000_000)
      const all = ByteRanges.of([{ start: 0, end: large.length }])
      expect(await get('resumed', { have: all })).toHaveLength(0)
    })

    test('gives bytes in their order to who needs that', async () => {
      await put('ordered', large)
      let next = 0
      const sink = {
        write: async (chunks: readonly Uint8Array[], position: number) => {
          expect(position).toBe(next)
          next += chunks.reduce((sum, chunk) => sum + chunk.length, 0)
        },
      }
      await endpoint.read(at('ordered'), sink, {
        have: new ByteRanges(),
        inOrder: true,
        signal: undefined,
        onBytes: () => undefined,
      })
      expect(next).toBe(large.length)
    })

    test('takes a source whose end is not known before it comes', async () => {
      const { read } = memorySource(large)
      const write = { stored: undefined, onStored: () => undefined, signal: undefined, onBytes: () => undefined }
      await endpoint.write(at('endless'), { size: undefined, read }, write)
      expect((await get('endless')).equals(large)).toBe(true)
    })

    test('takes names as they are', async () => {
      for (const name of [
        'with blank',
        'ümlaut',
        'percent%41',
        'plus+and&more',
        "quote'd",
        'semi;colon',
        'question?mark',
        'hash#tag',
      ]) {
        await put(name, Buffer.from(name))
        expect((await get(name)).toString()).toBe(name)
        expect((await endpoint.stat(at(name))).name).toBe(name)
      }
    })

    test('says that what is not there is not there', async () => {
      await expect(endpoint.stat(at('missing'))).rejects.toMatchObject({ code: 'not-found' })
      await expect(get('missing')).rejects.toMatchObject({ code: 'not-found' })
      await expect(endpoint.removeFile(at('missing'))).rejects.toMatchObject({ code: 'not-found' })
    })

    test('removes files', async () => {
      await put('removed', large)
      await endpoint.removeFile(at('removed'))
      await expect(endpoint.stat(at('removed'))).rejects.toMatchObject({ code: 'not-found' })
    })

    test('hands on what the sink and the source throw, and works on', async () => {
      await put('thrown', large)
      const sink = { write: () => Promise.reject(new Error('the sink is full')) }
      const options = { have: new ByteRanges(), inOrder: true, signal: undefined, onBytes: () => undefined }
      await expect(endpoint.read(at('thrown'), sink, options)).rejects.toThrow('the sink is full')
      const source = { size: large.length, read: () => Promise.reject(new Error('the source is dry')) }
      const writing = { stored: undefined, onStored: () => undefined, signal: undefined, onBytes: () => undefined }
      await expect(endpoint.write(at('never'), source, writing)).rejects.toThrow('the source is dry')
      expect((await get('thrown')).equals(large)).toBe(true)
    })

    test('stops when it is told to', async () => {
      await put('stopped', large)
      const stop = new AbortController()
      const sink = { write: async () => stop.abort(new Error('enough')) }
      const options = { have: new ByteRanges(), inOrder: true, signal: stop.signal, onBytes: () => undefined }
      await expect(endpoint.read(at('stopped'), sink, options)).rejects.toThrow(/enough|abort/i)
      await expect(endpoint.read(at('stopped'), sink, options)).rejects.toThrow(/enough|abort/i)
    })

    test('serves many at once', async () => {
      const names = Array.from({ length: 12 }, (_, index) => `many-${index}`)
      await Promise.all(names.map(name => put(name, Buffer.from(name))))
      const got = await Promise.all(names.map(name => get(name)))
      expect(got.map(String)).toEqual(names)
    })

    test.runIf(implementation.directories)('has directories', async () => {
      await endpoint.makeDirectories(at('dir/deep/deeper'))
      await endpoint.makeDirectories(at('dir/deep/deeper'))
      await put('dir/deep/file', Buffer.from('x'))
      const entries: Entry[] = []
      for await (const entry of endpoint.list(at('dir/deep'))) entries.push(entry)
      const told = entries.map(({ name, kind }) => [name, kind]).sort()
      expect(told).toEqual([
        ['deeper', 'directory'],
        ['file', 'file'],
      ])
      expect((await endpoint.stat(at('dir/deep'))).kind).toBe('directory')
      await expect(endpoint.removeDirectory(at('dir/deep'))).rejects.toMatchObject({ code: 'denied' })
      await endpoint.removeDirectory(at('dir/deep/deeper'))
      await expect(endpoint.stat(at('dir/deep/deeper'))).rejects.toMatchObject({ code: 'not-found' })
      await expect(put('dir/nowhere/file', large)).rejects.toMatchObject({ code: 'not-found' })
    })

    test.runIf(implementation.checksums)('makes checksums', async () => {
      await put('summed', large)
      const md5 = createHash('md5').update(large).digest('hex')
      expect(await endpoint.checksum(at('summed'), ['MD5', 'SHA256'])).toEqual({ name: 'MD5', value: md5 })
    })

    test.runIf(!implementation.checksums)('says that it makes no checksums', async () => {
      await put('summed', large)
      expect(await endpoint.checksum(at('summed'), ['MD5', 'SHA256'])).toBeUndefined()
    })

    test('sets times where it can', async () => {
      await put('timed', Buffer.from('x'))
      await endpoint.setModified(at('timed'), 1_000_000_000_000)
      const { modified } = await endpoint.stat(at('timed'))
      if (implementation.setsTimes) expect(modified).toBe(1_000_000_000_000)
      else expect(modified).not.toBe(1_000_000_000_000)
    })
  })
}

/** Adds up what it is told. */
function counter(): { readonly sum: number; readonly add: (count: number) => void } {
  let sum = 0
  return {
    get sum() {
      return sum
    },
    add: count => {
      sum += count
    },
  }
}
