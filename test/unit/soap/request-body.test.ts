import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { Readable } from 'node:stream'
import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { GridwrapError } from '../../../src/core/errors.ts'
import { type BodyHeaders, type BodyOptions, BodyReader, receiveBody } from '../../../src/soap/request-body.ts'
import { Base64Sink } from '../../../src/xml/base64-sink.ts'
import { childElements, textOf, type XmlElement } from '../../../src/xml/tree.ts'
import { refusal } from './refusal.ts'

const fuzz = { numRuns: Number(process.env['FUZZ_CASES'] ?? 500) }
const xml: BodyHeaders = { contentType: 'text/xml; charset=utf-8' }
const gzipped: BodyHeaders = { ...xml, contentEncoding: 'gzip' }

const receive = (chunks: readonly Uint8Array[], headers = xml, options: BodyOptions = {}): Promise<XmlElement> =>
  receiveBody(Readable.from(chunks), headers, options)

const pieces = (bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] => {
  const at = [0, ...cuts.map(cut => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b)
  return at.slice(1).map((to, index) => bytes.subarray(at[index], to))
}

describe('receiveBody', () => {
  const text = '<a>é😀名前</a>'

  it('reads plain, gzip and deflate bodies however they are split', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom<[Buffer, string | undefined]>(
          [Buffer.from(text), undefined],
          [Buffer.from(text), 'identity'],
          [gzipSync(text), 'gzip'],
          [gzipSync(text), 'X-GZIP'],
          [deflateSync(text), 'deflate'],
        ),
        fc.array(fc.nat(), { maxLength: 10 }),
        async ([bytes, contentEncoding], cuts) => {
          const root = await receive(pieces(bytes, cuts), { ...xml, contentEncoding })
          expect(textOf(root)).toBe('é😀名前')
        },
      ),
      fuzz,
    )
  })

  it('takes both content types and the encodings that the charset names', async () => {
    const utf16 = Buffer.from(`\ufeff${text}`, 'utf16le')
    expect(
      textOf(await receive([utf16], { contentType: 'application/soap+xml; charset=UTF-16; action="urn:a"' })),
    ).toBe('é😀名前')
    expect(textOf(await receive([Buffer.from(text)], { contentType: 'text/xml' }))).toBe('é😀名前')
  })

  it.each<[string, BodyHeaders, string]>([
    ['no content type', { contentType: undefined }, 'no Content-Type'],
    ['another content type', { contentType: 'application/json' }, 'application/json'],
    ['an ill-formed content type', { contentType: 'text/xml; charset="utf-8' }, 'not taken'],
    ['attachments', { contentType: 'multipart/related; type="application/xop+xml"' }, 'MTOM'],
    ['another charset', { contentType: 'text/xml; charset=koi8-r' }, 'koi8-r'],
    ['another coding', { ...xml, contentEncoding: 'br' }, '"br"'],
    ['several codings', { ...xml, contentEncoding: 'gzip, gzip' }, '"gzip, gzip"'],
  ])('refuses %s', async (_, headers, words) => {
    const error = await refusal(() => receive([Buffer.from('<a/>')], headers))
    expect(error.code).toBe('unsupported-media-type')
    expect(`${error.message} ${error.hint}`).toContain(words)
  })

  it.each<[string, Uint8Array[]]>([
    ['what is not gzip', [Buffer.from('<a/>')]],
    ['nothing', []],
    ['a header alone', [gzipSync('<a/>').subarray(0, 10)]],
    ['gzip cut off', [gzipSync('<a/>').subarray(0, 15)]],
    ['gzip without its checksum', [gzipSync('<a/>').subarray(0, -8)]],
    ['gzip with another checksum', [Buffer.concat([gzipSync('<a/>').subarray(0, -8), Buffer.alloc(8)])]],
    ['what follows the gzip', [gzipSync('<a/>'), Buffer.from('more')]],
    ['zeros after the gzip', [gzipSync('<a/>'), Buffer.alloc(3)]],
    ['a second gzip', [gzipSync('<a/>'), gzipSync(' ')]],
    ['deflate under the name of gzip', [deflateSync('<a/>')]],
  ])('refuses as a broken body: %s', async (_, chunks) => {
    const error = await refusal(() => receive(chunks, gzipped))
    expect(error.code).toBe('malformed-request')
    expect(error.message).toContain('compressed body is broken')
  })

  it('refuses deflate without its zlib frame', async () => {
    expect(
      await refusal(() => receive([deflateRawSync('<a/>')], { ...xml, contentEncoding: 'deflate' })),
    ).toMatchObject({
      code: 'malformed-request',
    })
  })

  it('stops compressed bodies that grow too much, long before they are expanded', async () => {
    const bomb = gzipSync(`<a>${'x'.repeat(60_000_000)}`)
    let expanded = 0
    const streamElement = () => ({
      write: (text: string) => {
        expanded += text.length
      },
      end: () => undefined,
    })
    const error = await refusal(() => receive([bomb], gzipped, { streamElement }))
    expect(error).toMatchObject({ code: 'too-large' })
    expect(error.message).toContain('more than 100 times')
    expect(expanded).toBeLessThan(2_000_000)
  })

  it('keeps its limits on bytes, as sent and as expanded', async () => {
    const limits = { maxSentBytes: 1000, maxBytes: 2000 }
    const long = Buffer.from(`<a>${'x'.repeat(1500)}</a>`)
    const longer = Buffer.from(`<a>${'x'.repeat(2500)}</a>`)
    expect(textOf(await receive([gzipSync(long)], gzipped, { limits }))).toHaveLength(1500)
    for (const [chunks, headers] of [
      [[long.subarray(0, 900), long.subarray(900)], xml],
      [[], { ...xml, contentLength: '1001' }],
      [[gzipSync(longer)], gzipped],
    ] as const)
      expect(await refusal(() => receive(chunks, headers, { limits }))).toMatchObject({ code: 'too-large' })
    expect(await refusal(() => receive([longer], xml, { limits: { xml: { characters: 100 } } }))).toMatchObject({
      code: 'too-large',
    })
  })

  it('tells what is wrong with the XML', async () => {
    expect(await refusal(() => receive([Buffer.from('<a></b>')]))).toMatchObject({
      code: 'malformed-request',
      message: 'The XML is not well-formed: The element <a> is open, and </b> cannot end it (line 1, column 4).',
    })
    expect(await refusal(() => receive([Buffer.from([0x3c, 0xff])]))).toMatchObject({ code: 'malformed-request' })
    expect(
      await refusal(() => receive([Buffer.from('<?xml version="1.0" encoding="ISO-8859-1"?><a/>')])),
    ).toMatchObject({
      code: 'unsupported-media-type',
    })
    expect(await refusal(() => receive([]))).toMatchObject({ code: 'malformed-request' })
  })

  it('turns a failing stream into malformed-request, and a failing sink into nothing else', async () => {
    const failing = new Readable({
      read() {
        this.push('<a>')
        this.destroy(new Error('the cable'))
      },
    })
    expect(await refusal(() => receiveBody(failing, xml))).toMatchObject({ code: 'malformed-request' })
    const full = new Error('no space left on device')
    const streamElement = () => ({
      write: () => {
        throw full
      },
      end: () => undefined,
    })
    await expect(receive([Buffer.from('<a>text</a>')], xml, { streamElement })).rejects.toBe(full)
  })

  it('streams large content to a sink', async () => {
    const content = Buffer.alloc(9_000_000, 'gridwrap')
    const body = Buffer.from(`<a><content>${content.toString('base64')}</content></a>`)
    const streamElement = (_: string, local: string): Base64Sink | undefined =>
      local === 'content' ? new Base64Sink({ maxBytes: 1e7, memoryBytes: 1e7 }) : undefined
    const root = await receive(pieces(body, [1, 100, 70_000, 5_000_000]), xml, { streamElement })
    expect(childElements(root)[0]?.streamed?.streamed).toMatchObject({ size: content.length })
    expect(await refusal(() => receive([body]))).toMatchObject({ code: 'too-large' })
  })

  it('survives random bytes under every header', async () => {
    const byte = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.string({ unit: 'binary' }).map(s => new TextEncoder().encode(`<a>${s}</a>`)),
    )
    await fc.assert(
      fc.asyncProperty(
        byte,
        fc.constantFrom('plain', 'gzip header', 'gzip broken', 'deflate'),
        fc.constantFrom('text/xml', 'text/xml; charset=utf-16', 'application/soap+xml; charset=utf-8'),
        fc.nat(),
        async (bytes, how, contentType, at) => {
          const packed = gzipSync(bytes)
          packed[at % packed.length] = at & 255
          const sent =
            how === 'gzip header'
              ? Buffer.concat([gzipSync('').subarray(0, 10), bytes])
              : how === 'gzip broken'
                ? packed
                : bytes
          const contentEncoding = how === 'plain' ? undefined : how === 'deflate' ? 'deflate' : 'gzip'
          try {
            await receive(pieces(sent, [at]), { contentType, contentEncoding })
          } catch (thrown) {
            expect(thrown).toBeInstanceOf(GridwrapError)
            expect(thrown).not.toMatchObject({ code: 'internal' })
          }
        },
      ),
      fuzz,
    )
  })
})

describe('BodyReader', () => {
  it('takes the same bytes pushed', () => {
    const reader = new BodyReader(xml)
    for (const byte of Buffer.from('<a>é</a>')) reader.write(Uint8Array.of(byte))
    expect(textOf(reader.end())).toBe('é')
  })
})

describe('receiveBody behind a real HTTP server', () => {
  let server: Server | undefined
  afterEach(() => {
    server?.closeAllConnections()
    server?.close()
  })

  async function listen(
    handle: (message: IncomingMessage) => Promise<XmlElement>,
  ): Promise<{ port: number; outcomes: (string | undefined)[] }> {
    const outcomes: (string | undefined)[] = []
    server = createServer((message, response) => {
      handle(message).then(
        root => {
          outcomes.push(root.local)
          response.end(textOf(root))
        },
        (thrown: unknown) => {
          outcomes.push(thrown instanceof GridwrapError ? thrown.code : String(thrown))
          response.writeHead(500, { connection: 'close' }).end('refused')
          server?.emit('outcome')
        },
      )
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return { port: (server.address() as AddressInfo).port, outcomes }
  }

  const handle = (message: IncomingMessage): Promise<XmlElement> =>
    receiveBody(message, {
      contentType: message.headers['content-type'],
      contentEncoding: message.headers['content-encoding'],
      contentLength: message.headers['content-length'],
    })

  async function post(port: number, body: Uint8Array, headers: Record<string, string>): Promise<string> {
    const sent = request({ port, host: '127.0.0.1', method: 'POST', headers })
    // A server that refuses early may close before all is written.
    sent.on('error', () => undefined)
    sent.end(body)
    const [answer] = (await once(sent, 'response')) as [IncomingMessage]
    return textOfStream(answer)
  }

  it('answers, also when the body is refused half-way, and goes on with the next', async () => {
    const { port } = await listen(handle)
    const headers = { 'content-type': 'text/xml' }
    expect(await post(port, Buffer.from('<a>fine</a>'), headers)).toBe('fine')
    expect(await post(port, Buffer.from(`<a></b>${' '.repeat(200_000)}`), headers)).toBe('refused')
    expect(await post(port, Buffer.from('not gzip'), { ...headers, 'content-encoding': 'gzip' })).toBe('refused')
    expect(await post(port, gzipSync('<a>fine</a>'), { ...headers, 'content-encoding': 'gzip' })).toBe('fine')
  })

  it('survives a client that goes away in the middle', async () => {
    const { port, outcomes } = await listen(handle)
    for (const coding of ['', 'content-encoding: gzip\r\n']) {
      const outcome = once(server as Server, 'outcome')
      const socket = connect(port, '127.0.0.1')
      await once(socket, 'connect')
      socket.write(`POST / HTTP/1.1\r\nhost: x\r\ncontent-type: text/xml\r\n${coding}content-length: 1000\r\n\r\n`)
      socket.write(gzipSync('<a>').subarray(0, 10))
      socket.end()
      socket.destroySoon()
      await outcome
    }
    expect(outcomes).toHaveLength(2)
    expect(outcomes.every(code => code === 'malformed-request')).toBe(true)
  })
})

async function textOfStream(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}
