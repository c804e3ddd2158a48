import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { GridwrapError } from '../../../src/core/errors.ts'
import { MultipartReader } from '../../../src/soap/multipart.ts'
import { isXop, receiveXop } from '../../../src/soap/xop.ts'
import { ByteSpool, type SpooledBytes } from '../../../src/xml/byte-spool.ts'
import { childElements, textOf, type XmlElement } from '../../../src/xml/tree.ts'

/** The parts of a multipart body that comes in pieces of these sizes. */
function parts(
  body: Buffer,
  boundary: string,
  sizes: readonly number[],
): readonly { headers: object; content: Buffer }[] {
  const found: { headers: object; content: Buffer }[] = []
  const reader = new MultipartReader(boundary, headers => {
    const chunks: Buffer[] = []
    return {
      write: bytes => void chunks.push(Buffer.from(bytes)),
      end: () => void found.push({ headers: Object.fromEntries(headers), content: Buffer.concat(chunks) }),
    }
  })
  for (let at = 0, n = 0; at < body.length; n++) {
    const size = Math.max(1, sizes[n % Math.max(1, sizes.length)] ?? 7)
    reader.write(body.subarray(at, at + size))
    at += size
  }
  reader.end()
  return found
}

describe('a multipart message', () => {
  const content = fc.oneof(
    fc.uint8Array({ maxLength: 200 }).map(bytes => Buffer.from(bytes)),
    // What looks like a delimiter, and is none.
    fc
      .array(fc.constantFrom('\r\n', '--', '\r\n--b', '\r\n-', 'b', '\r\n--bb', '\r'), { maxLength: 10 })
      .map(all => Buffer.from(all.join(''))),
  )

  test('has the parts that were put into it, however it comes', () => {
    fc.assert(
      fc.property(
        fc.array(content, { minLength: 1, maxLength: 5 }),
        fc.array(fc.integer({ min: 1, max: 50 }), { maxLength: 5 }),
        (contents, sizes) => {
          const boundary = 'b0undary-of-its-own'
          const body = Buffer.concat([
            ...contents.flatMap((one, n) => [
              Buffer.from(`${n === 0 ? '' : '\r\n'}--${boundary} \r\nContent-ID: <${n}>\r\nX: a\r\n b\r\n\r\n`),
              one,
            ]),
            Buffer.from(`\r\n--${boundary}--\r\nwhat follows`),
          ])
          const read = parts(body, boundary, sizes)
          expect(read.map(one => one.content.toString('hex'))).toEqual(contents.map(one => one.toString('hex')))
          expect(read.map(one => one.headers)).toEqual(contents.map((_, n) => ({ 'content-id': `<${n}>`, x: 'a b' })))
        },
      ),
    )
  })

  test('may have parts without header or content, and something before them', () => {
    const read = parts(Buffer.from('preamble\r\n--b\r\n\r\n\r\n--b\r\nA: 1\r\n\r\n--b\r\n\r\nx\r\n--b--'), 'b', [3])
    expect(read).toEqual([
      { headers: {}, content: Buffer.alloc(0) },
      { headers: { a: '1' }, content: Buffer.alloc(0) },
      { headers: {}, content: Buffer.from('x') },
    ])
  })

  test.each([
    ['without an end', '--b\r\n\r\nx', /ends before/],
    ['without a part', '--b--', /has no parts/],
    ['with something behind a delimiter', '--b x\r\n\r\ny\r\n--b--', /behind a delimiter/],
    ['that never begins', 'x'.repeat(10_000), /does not begin/],
    ['with an endless header', `--b\r\nA: ${'x'.repeat(40_000)}`, /too long/],
    ['with a header that is none', '--b\r\n: x\r\n\r\ny\r\n--b--', /header that is none/],
    ['with very many parts', `${'--b\r\n\r\n\r\n'.repeat(1100)}--b--`, /more than 1000/],
  ])('%s is refused', (_what, body, why) => {
    expect(() => parts(Buffer.from(body), 'b', [1000])).toThrow(why)
  })

  test.each(['', 'x'.repeat(71), 'a\nb', 'a '])('with the boundary %j is refused', boundary => {
    expect(() => parts(Buffer.from('--b--'), boundary, [1])).toThrow(/no boundary/)
  })
})

const type = 'multipart/related; boundary=b; type="application/xop+xml"; start="<m@x>"; start-info="text/xml"'
const include = (id: string): string => `<i:Include xmlns:i="http://www.w3.org/2004/08/xop/include" href="cid:${id}"/>`
const message = (xml: string): string =>
  `--b\r\nContent-Type: application/xop+xml; charset=UTF-8; type="text/xml"\r\nContent-ID: <m@x>\r\n\r\n${xml}`
const part = (id: string, content: string, more = ''): string =>
  `\r\n--b\r\nContent-ID: <${id}>\r\n${more}\r\n${content}`
const receive = (body: string, contentType = type): Promise<XmlElement> =>
  receiveXop(
    (async function* () {
      const bytes = Buffer.from(body)
      for (let at = 0; at < bytes.length; at += 11) yield bytes.subarray(at, at + 11)
    })(),
    { contentType },
    { isFile: (_, local) => local === 'content', spool: () => new ByteSpool({ maxBytes: 100, memoryBytes: 100 }) },
  )

describe('a XOP package', () => {
  test('is told from other multipart messages', () => {
    expect(isXop({ contentType: type })).toBe(true)
    for (const other of [
      'multipart/related; type="text/xml"; boundary=b',
      'multipart/mixed; boundary=b',
      'text/xml',
      undefined,
    ])
      expect(isXop({ contentType: other })).toBe(false)
  })

  test('is the message with the bytes in it', async () => {
    const xml = `<a><content>${include('1%40x')}</content><other> ${include('2')} </other><content>aGk=</content></a>`
    const root = await receive(
      `${message(xml)}${part('1@x', 'bytes \0', 'Content-Transfer-Encoding: binary\r\n')}${part('2', 'hi')}\r\n--b--`,
    )
    const [first, second, third] = childElements(root)
    const spooled = first?.streamed?.streamed as (SpooledBytes & { kind: 'memory' }) | undefined
    expect(spooled?.bytes.toString()).toBe('bytes \0')
    expect(first?.children).toEqual([])
    // Of what is no file the text is what it would be without XOP.
    expect(second && textOf(second)).toBe('aGk=')
    expect(third && textOf(third)).toBe('aGk=')
  })

  test('holds in memory what is no file, up to a bound', async () => {
    const xml = `<a><other>${include('1')}</other><other>${include('2')}</other></a>`
    const some = 'x'.repeat(500)
    const root = await receive(`${message(xml)}${part('1', some)}${part('2', 'y')}\r\n--b--`)
    expect(childElements(root).map(one => Buffer.from(textOf(one), 'base64').toString())).toEqual([some, 'y'])
    const more = 'x'.repeat(2_500_000)
    const much = receiveXop(
      (async function* () {
        yield Buffer.from(`${message(xml)}${part('1', more)}${part('2', more)}\r\n--b--`)
      })(),
      { contentType: type },
      { isFile: () => false, spool: () => new ByteSpool({ maxBytes: 0, memoryBytes: 0 }) },
    )
    await expect(much).rejects.toMatchObject({ code: 'too-large' })
  })

  test.each([
    ['a part that is missing', `${message(`<a>${include('1')}</a>`)}\r\n--b--`, /has no part "1"/],
    ['a part that nothing refers to', `${message('<a/>')}${part('1', 'x')}\r\n--b--`, /nothing refers to its part/],
    ['a part twice', `${message(`<a>${include('1')}</a>`)}${part('1', 'x')}${part('1', 'y')}\r\n--b--`, /there twice/],
    [
      'two references to one part',
      `${message(`<a><b>${include('1')}</b><b>${include('1')}</b></a>`)}${part('1', 'x')}\r\n--b--`,
      /two elements refer/,
    ],
    [
      'a reference beside text',
      `${message(`<a>x${include('1')}</a>`)}${part('1', 'x')}\r\n--b--`,
      /alone in its element/,
    ],
    [
      'a reference elsewhere',
      `${message(`<a>${include('1').replace('cid:', 'file:')}</a>`)}\r\n--b--`,
      /alone in its element/,
    ],
    ['another part first', `--b\r\nContent-ID: <z>\r\n\r\nx\r\n--b--`, /not the one that "start" names/],
    [
      'a part as base64',
      `${message(`<a>${include('1')}</a>`)}${part('1', 'x', 'Content-Transfer-Encoding: base64\r\n')}\r\n--b--`,
      /sent as base64/,
    ],
    [
      'too much',
      `${message(`<content>${include('1')}</content>`)}${part('1', 'x'.repeat(101))}\r\n--b--`,
      /larger than 100 bytes/,
    ],
    ['no XML', `${message('<a>')}\r\n--b--`, /not well-formed/],
    ['no end', message('<a/>'), /ends before/],
  ])('with %s is refused', async (_what, body, why) => {
    await expect(receive(body)).rejects.toThrow(why)
    await expect(receive(body)).rejects.toBeInstanceOf(GridwrapError)
  })

  test('cut and spliced anywhere is read, or refused with a reason', async () => {
    const whole = `${message(`<a><content>${include('1')}</content></a>`)}${part('1', 'x')}\r\n--b--`
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: whole.length }),
        fc.nat({ max: whole.length }),
        fc.string({ maxLength: 8 }),
        async (from, to, text) => {
          const spoilt = whole.slice(0, from) + text + whole.slice(to)
          await receive(spoilt).catch((error: unknown) => {
            if (!(error instanceof GridwrapError)) throw error
          })
        },
      ),
      { numRuns: 500 },
    )
  })
})
