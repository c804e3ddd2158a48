import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checksumName, runningChecksum } from '../../../src/core/checksum.ts'
import { BlockConnection, BlockReceiver } from '../../../src/gridftp/data/block-receiver.ts'
import type { DataReader } from '../../../src/gridftp/data/data-reader.ts'
import { MemorySink } from '../../../src/gridftp/data/memory.ts'
import { ByteRanges, beginningOf, readRanges, writeRanges } from '../../../src/gridftp/protocol/byte-ranges.ts'
import { readBlockHeader, writeBlockHeader } from '../../../src/gridftp/protocol/extended-block.ts'
import { readFacts } from '../../../src/gridftp/protocol/facts.ts'
import {
  readExtendedPassive,
  readExtendedPort,
  readHostPort,
  writeExtendedPort,
  writeHostPort,
} from '../../../src/gridftp/protocol/host-port.ts'
import { ProtocolError } from '../../../src/gridftp/protocol/protocol-error.ts'
import { readTimestamp, writeTimestamp } from '../../../src/gridftp/protocol/timestamp.ts'

const numRuns = Number(process.env['FUZZ_CASES'] ?? 500)
const spans = fc.array(fc.tuple(fc.nat(60), fc.nat(20)).map(([start, length]) => ({ start, end: start + length })))

describe('ranges of bytes', () => {
  test('are the set of their bytes', () => {
    fc.assert(
      fc.property(spans, fc.nat(60), fc.nat(80), (list, start, end) => {
        const ranges = new ByteRanges()
        const bytes = new Set<number>()
        for (const span of list) {
          const before = bytes.size
          for (let byte = span.start; byte < span.end; byte++) bytes.add(byte)
          expect(ranges.add(span.start, span.end)).toBe(bytes.size - before)
        }
        expect(ranges.size).toBe(bytes.size)
        const wanted = Array.from({ length: Math.max(0, end - start) }, (_, index) => start + index)
        expect(ranges.covers(start, end)).toBe(wanted.every(byte => bytes.has(byte)))
        const missing = [...ranges.missing(start, end)].flatMap(span =>
          Array.from({ length: span.end - span.start }, (_, index) => span.start + index),
        )
        expect(missing).toEqual(wanted.filter(byte => !bytes.has(byte)))
        expect(ranges.size === 0 || [...readRanges(writeRanges(ranges))]).toEqual(ranges.size === 0 || [...ranges])
        const inOrder = [...ranges]
        for (const [index, span] of inOrder.entries()) expect(span.start).toBeGreaterThan(inOrder[index - 1]?.end ?? -1)
      }),
      { numRuns },
    )
  })

  test('are bounded', () => {
    const ragged = new ByteRanges()
    expect(() => {
      for (let at = 0; ; at += 2) ragged.add(at, at + 1)
    }).toThrow(ProtocolError)
  })
})

describe('blocks of extended mode', () => {
  const place = fc.nat({ max: 2 ** 40 })
  test('have headers that come back', () => {
    fc.assert(
      fc.property(fc.constantFrom(0, 4, 8, 12), place, place, (descriptor, count, offset) => {
        expect(readBlockHeader(writeBlockHeader({ descriptor, count, offset }))).toEqual({ descriptor, count, offset })
      }),
      { numRuns },
    )
    expect(readBlockHeader(Buffer.alloc(16))).toBeUndefined()
  })

  test('with anything else in their headers are refused, and never understood wrongly', () => {
    for (const descriptor of [1, 2, 16, 128, 255, 32]) {
      const header = Buffer.alloc(17)
      header[0] = descriptor
      expect(() => readBlockHeader(header)).toThrow(ProtocolError)
    }
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 17, maxLength: 17 }), bytes => {
        try {
          const header = readBlockHeader(Buffer.from(bytes))
          expect(Number.isSafeInteger(header?.count) && Number.isSafeInteger(header?.offset)).toBe(true)
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError)
        }
      }),
      { numRuns },
    )
  })

  /** Connections with such bytes, cut in such pieces. */
  const connection = (bytes: Buffer, cut: number): BlockConnection => {
    let at = 0
    const take = async (): Promise<Buffer[] | undefined> => {
      if (at >= bytes.length) return undefined
      const piece = bytes.subarray(at, at + cut)
      at += cut
      return [piece]
    }
    return new BlockConnection({ take } as unknown as DataReader)
  }
  const block = (offset: number, bytes: Buffer): Buffer =>
    Buffer.concat([writeBlockHeader({ descriptor: 0, count: bytes.length, offset }), bytes])
  const end = (descriptor: number, offset = 0): Buffer => writeBlockHeader({ descriptor, count: 0, offset })
  const receiver = (sink: MemorySink, most = 100): BlockReceiver =>
    new BlockReceiver({ sink, within: { start: 0, end: most }, mostConnections: 3 })

  test('make a file, in whatever order and pieces they come', async () => {
    const file = Buffer.from(Array.from({ length: 100 }, (_, index) => index))
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], { minLength: 10 }),
        fc.integer({ min: 1, max: 200 }),
        async (order, cut) => {
          const sink = new MemorySink(100)
          const all = receiver(sink)
          const parts = order.map(index => block(index * 10, file.subarray(index * 10, index * 10 + 10)))
          const one = Buffer.concat([...parts.slice(0, 4), end(8)])
          const other = Buffer.concat([...parts.slice(4), end(72, 2)])
          await Promise.all([all.read(connection(one, cut)), all.read(connection(other, cut))])
          await all.whole
          expect(sink.bytes.equals(file)).toBe(true)
        },
      ),
      { numRuns: Math.min(numRuns, 200) },
    )
  })

  test.each([
    ['a connection that ends before its end of data', [block(0, Buffer.alloc(5))]],
    ['a connection that ends in a block', [Buffer.concat([block(0, Buffer.alloc(50))]).subarray(0, 40)]],
    ['bytes outside of what was asked for', [Buffer.concat([block(99, Buffer.alloc(2)), end(72, 1)])]],
    ['the end of the file told twice', [Buffer.concat([end(64, 2), end(72, 2)])]],
    ['an announcement of too many ends', [end(72, 1000)]],
    ['an announcement of none', [end(72, 0)]],
    ['more ends than announced', [end(72, 1), end(8), end(8)]],
    ['more connections than there may be', [end(8), end(8), end(8), end(8)]],
    ['a header that is none', [Buffer.alloc(17, 0xff)]],
  ])('are refused with %s', async (_what, connections) => {
    const all = receiver(new MemorySink(100))
    await Promise.all(connections.map(bytes => all.read(connection(bytes as Buffer, 7))))
    // Whole is settled once; what came later than the end is an error of its connection only.
    if (_what === 'more ends than announced') return expect(await all.whole).toBeUndefined()
    await expect(all.whole).rejects.toThrow()
  })
})

describe('addresses', () => {
  test('are read as servers write them', () => {
    expect(readHostPort('Entering Passive Mode (127,0,0,1,142,195)')).toEqual({ host: '127.0.0.1', port: 36547 })
    expect(readHostPort(' 127,0,0,1,132,139')).toEqual({ host: '127.0.0.1', port: 33931 })
    expect(readExtendedPassive('Entering Extended Passive Mode (|||6446|)')).toBe(6446)
    expect(readExtendedPort('|2|1080::8:800:200C:417A|5282|')).toEqual({ host: '1080::8:800:200C:417A', port: 5282 })
    for (const text of ['', '1,2,3,4,5', '1,2,3,4,5,256', '1,2,3,4,0,0', '1,2,3,4,5,6,7'])
      expect(() => readHostPort(text)).toThrow(ProtocolError)
    for (const text of [
      '|1|::1|21|',
      '|2|127.0.0.1|21|',
      '|1|1.2.3.4|0|',
      '|1|1.2.3.4|65536|',
      '|1|example.org|21|',
      '',
    ])
      expect(() => readExtendedPort(text)).toThrow(ProtocolError)
    for (const text of ['(|||0|)', '(|1||5|)', '|||5|', '(|||99999|)'])
      expect(() => readExtendedPassive(text)).toThrow(ProtocolError)
  })

  test('come back as they were', () => {
    const address = fc.record({ host: fc.ipV4(), port: fc.integer({ min: 1, max: 65_535 }) })
    fc.assert(
      fc.property(address, one => {
        expect(readHostPort(writeHostPort(one))).toEqual(one)
        expect(readExtendedPort(writeExtendedPort(one))).toEqual(one)
      }),
      { numRuns },
    )
  })
})

describe('listings', () => {
  test('are read as Globus servers write them', () => {
    const line =
      'Type=file;Modify=20261121052650;Size=30000000;Perm=awr;UNIX.mode=0644;UNIX.owner=root;UNIX.slink=../x;Unique=fe00-2108f9; a b.bin'
    expect(readFacts(line)).toMatchObject({
      name: 'a b.bin',
      kind: 'file',
      size: 30_000_000,
      modified: Date.UTC(2026, 10, 21, 5, 26, 50),
      isSelf: false,
      link: '../x',
    })
    expect(readFacts('type=cdir; .')).toMatchObject({ kind: 'directory', isSelf: true })
    for (const text of ['', 'a', 'Type=file;', 'Type=file; ']) expect(() => readFacts(text)).toThrow(ProtocolError)
  })

  test('of anything', () => {
    fc.assert(
      fc.property(fc.string(), text => {
        try {
          const { size } = readFacts(text)
          expect(size === undefined || Number.isSafeInteger(size)).toBe(true)
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError)
        }
      }),
      { numRuns },
    )
  })

  test('have times', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_000_000_000 }), seconds => {
        expect(readTimestamp(writeTimestamp(seconds * 1000))).toBe(seconds * 1000)
      }),
      { numRuns },
    )
    expect(readTimestamp('20261121052650.25')).toBe(Date.UTC(2026, 10, 21, 5, 26, 50, 250))
    for (const text of ['', '2026', '20261321052650', '20261121252650', 'x'])
      expect(readTimestamp(text)).toBeUndefined()
  })
})

describe('checksums', () => {
  test('are those of the algorithms', () => {
    const of = (name: Parameters<typeof runningChecksum>[0], bytes: Uint8Array): string => {
      const sum = runningChecksum(name)
      sum.update(bytes)
      return sum.digest()
    }
    expect(of('ADLER32', Buffer.from('Wikipedia'))).toBe('11e60398')
    expect(of('ADLER32', Buffer.alloc(0))).toBe('00000001')
    // Sums that would pass 32 bits if they were not reduced in time.
    expect(of('ADLER32', Buffer.alloc(1_000_000, 0xff))).toBe(adler(Buffer.alloc(1_000_000, 0xff)))
    expect(of('SHA256', Buffer.from('abc'))).toBe(createHash('sha256').update('abc').digest('hex'))
    expect(checksumName('sha-256')).toBe('SHA256')
    expect(checksumName('crc32')).toBeUndefined()
  })

  test('do not depend on how the bytes come', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20_000 }), fc.nat(20_000), (bytes, cut) => {
        const sum = runningChecksum('ADLER32')
        sum.update(bytes.subarray(0, cut))
        sum.update(bytes.subarray(cut))
        expect(sum.digest()).toBe(adler(bytes))
      }),
      { numRuns: Math.min(numRuns, 200) },
    )
  })
})

/** RFC 1950 section 8.2, word for word and slowly. */
function adler(bytes: Uint8Array): string {
  let [low, high] = [1, 0]
  for (const byte of bytes) {
    low = (low + byte) % 65_521
    high = (high + low) % 65_521
  }
  return (high * 65_536 + low).toString(16).padStart(8, '0')
}

test('a marker that does not begin at the beginning says nothing of a stream', () => {
  expect(beginningOf(undefined)).toBe(0)
  expect(beginningOf(readRanges('0-5,7-9'))).toBe(5)
  expect(beginningOf(readRanges('5-9'))).toBe(0)
})
