import { readFile } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { TestSite } from '../../support/site.ts'
import { contentOf, envelope, runTally, TALLY, verdict } from './messages.ts'
import { head, post, RawConnection, type RawHeaders, request } from './raw-connection.ts'

const path = '/services/tally'
const megabyte = 1024 * 1024
/** What a front end may ever have in memory while it is attacked. An idle one has about 200 MB. */
const mostResidentBytes = 400 * megabyte

let site: TestSite
/** Opened first, so that its patience is over when the other tests are. */
let stalled: RawConnection
beforeAll(async () => {
  site = await TestSite.start({ services: ['test/fixtures/interop/tally'] })
  stalled = await RawConnection.open(site)
  stalled.write(
    head('POST', path, { 'Content-Type': 'text/xml', 'Content-Length': '1000' }),
    envelope('').slice(0, 100),
  )
})
afterAll(() => site[Symbol.asyncDispose]())

/** After each of them the container answers, from the same process, and has not grown. */
afterEach(async () => {
  const calm = await post(site, path, envelope('<t:listInstances/>'))
  expect([calm?.status, verdict(calm?.body ?? '')]).toEqual([200, 'good'])
  for (const { pid, role } of await site.processes()) {
    if (role !== 'front-end') continue
    const peak = /^VmHWM:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]
    expect(Number(peak) * 1024).toBeLessThan(mostResidentBytes)
  }
  expect(site.log).not.toContain('a part of the container died')
})

/** Which fault it is, or the bare HTTP status. */
const refusal = async (body: string | Uint8Array, headers: RawHeaders = {}): Promise<string> => {
  const answer = await post(site, path, body, headers)
  if (answer === undefined) return 'closed'
  return answer.body.includes('Fault>') ? verdict(answer.body) : String(answer.status)
}

describe('hostile XML', () => {
  const nested = (depth: number): string => '<a>'.repeat(depth) + '</a>'.repeat(depth)
  const laughs = Array.from({ length: 20 }, (_, n) => `<!ENTITY l${n + 1} "${`&l${n};`.repeat(10)}">`).join('')
  test.each([
    ['a DOCTYPE', `<!DOCTYPE x>${envelope(runTally())}`, 'malformed-request'],
    [
      'an external entity',
      `<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>${envelope(runTally('<t:heading>&f;</t:heading>'))}`,
      'malformed-request',
    ],
    [
      'billion laughs',
      `<!DOCTYPE x [<!ENTITY l0 "ha">${laughs}]>${envelope(runTally('<t:heading>&l20;</t:heading>'))}`,
      'malformed-request',
    ],
    ['an entity that nobody declared', envelope(runTally('<t:heading>&nbsp;</t:heading>')), 'malformed-request'],
    ['40,000 nested elements', envelope(`<t:run>${nested(40_000)}</t:run>`), 'too-large'],
    ['200,000 elements side by side', envelope(`<t:run>${'<a/>'.repeat(200_000)}</t:run>`), 'too-large'],
    [
      '20,000 attributes',
      envelope(`<t:run ${Array.from({ length: 20_000 }, (_, n) => `a${n}=""`).join(' ')}/>`),
      'too-large',
    ],
    ['a name of a megabyte', envelope(`<t:${'n'.repeat(megabyte)}/>`), 'too-large'],
    ['an attribute of a megabyte', envelope(`<t:run a="${'n'.repeat(megabyte)}"/>`), 'too-large'],
    ['a comment of a megabyte', envelope(`<!--${'n'.repeat(megabyte)}-->${runTally()}`), 'too-large'],
    ['control characters', envelope(runTally('<t:heading>\u0001</t:heading>')), 'malformed-request'],
    ['two operations', envelope(runTally() + runTally()), 'malformed-request'],
    ['none', envelope(''), 'malformed-request'],
    ['two envelopes', envelope(runTally()) + envelope(runTally()), 'malformed-request'],
    ['no XML', 'hello', 'malformed-request'],
    ['nothing', '', 'malformed-request'],
    ['an envelope cut off', envelope(runTally()).slice(0, -10), 'malformed-request'],
    [
      'bytes that are no UTF-8',
      Buffer.from(envelope(runTally('<t:heading>\u00fc</t:heading>')), 'latin1'),
      'malformed-request',
    ],
  ])('%s', async (_what, body, code) => {
    expect(await refusal(body)).toBe(`soap:Client ${code}`)
  })
})

describe('hostile names', () => {
  test.each(['__proto__', 'toString', 'constructor', 'hasOwnProperty', 'valueOf', 'then'])('%s', async name => {
    expect(await refusal(envelope(`<t:${name}/>`))).toBe('soap:Client unknown-operation')
    expect(await refusal(envelope(runTally(`<t:${name}>1</t:${name}>`)))).toBe('soap:Client invalid-input')
    expect(await refusal(envelope(runTally(`<t:options><j:${name}>1</j:${name}></t:options>`)))).toBe(
      'soap:Client invalid-input',
    )
    expect((await post(site, `/services/${name}`, envelope(runTally())))?.body).toContain('not-found')
    expect((await request(site, 'GET', `/services/${name}?wsdl`))?.status).toBe(404)
  })

  test('an operation that is almost there is named', async () => {
    const answer = await post(site, path, envelope('<t:rum/>'))
    expect(contentOf('hint', answer?.body ?? '')).toMatch(/^Did you mean run\? There are: run, submit, /)
    expect(await refusal(envelope(`<run xmlns="${TALLY}x"/>`))).toBe('soap:Client unknown-operation')
    expect(await refusal(envelope('<j:getStatus/>'))).toBe('soap:Client unknown-operation')
  })
})

describe('hostile bodies', () => {
  const whole = envelope(runTally())
  test.each<[string, RawHeaders, string]>([
    ['no type', { 'Content-Type': [] }, 'soap:Client unsupported-media-type'],
    ['JSON', { 'Content-Type': 'application/json' }, 'soap:Client unsupported-media-type'],
    ['a form', { 'Content-Type': 'application/x-www-form-urlencoded' }, 'soap:Client unsupported-media-type'],
    [
      'MTOM without a boundary',
      { 'Content-Type': 'multipart/related; type="application/xop+xml"' },
      'soap:Client malformed-request',
    ],
    [
      'attachments',
      { 'Content-Type': 'multipart/related; type="text/xml"; boundary=b' },
      'soap:Client unsupported-media-type',
    ],
    [
      'a charset that nobody knows',
      { 'Content-Type': 'text/xml; charset=klingon' },
      'soap:Client unsupported-media-type',
    ],
    ['a coding that nobody knows', { 'Content-Encoding': 'br' }, 'soap:Client unsupported-media-type'],
    ['two codings', { 'Content-Encoding': 'gzip, gzip' }, 'soap:Client unsupported-media-type'],
    ['gzip that is none', { 'Content-Encoding': 'gzip' }, 'soap:Client malformed-request'],
    ['two lengths', { 'Content-Length': ['5', String(whole.length)] }, '400'],
    ['the same length twice', { 'Content-Length': [String(whole.length), String(whole.length)] }, '400'],
    ['a length and chunks', { 'Content-Length': '5', 'Transfer-Encoding': 'chunked' }, '400'],
    ['a length below nothing', { 'Content-Length': '-1' }, '400'],
    ['a length that is no number', { 'Content-Length': '0x10' }, '400'],
    ['a transfer coding that nobody knows', { 'Transfer-Encoding': 'gzip, whatever' }, '400'],
  ])('%s', async (_what, headers, told) => {
    expect(await refusal(whole, headers)).toBe(told)
  })

  test('gzip that is cut off, and with something behind it', async () => {
    const coded = gzipSync(whole)
    const gzip = { 'Content-Encoding': 'gzip' }
    expect(await refusal(coded.subarray(0, -12), gzip)).toBe('soap:Client malformed-request')
    expect(await refusal(Buffer.concat([coded, Buffer.from('more')]), gzip)).toBe('soap:Client malformed-request')
  })

  test.each([
    ['white space', Buffer.alloc(300 * megabyte, ' ')],
    [
      'base64 of a file',
      Buffer.concat([
        Buffer.from(envelope('<t:run><t:texts><j:content>').split('</t')[0] ?? ''),
        Buffer.alloc(150 * megabyte, 'AAAA'),
      ]),
    ],
  ])('a gzip bomb of %s', async (_what, content) => {
    const bomb = gzipSync(content, { level: 1 })
    expect(await refusal(bomb, { 'Content-Encoding': 'gzip' })).toMatch(/^soap:Client (?:too-large|malformed-request)$/)
  })

  test('a body of 100 MB is refused by its length alone', async () => {
    using connection = await RawConnection.open(site)
    connection.write(head('POST', path, { 'Content-Type': 'text/xml', 'Content-Length': String(100 * megabyte) }))
    expect(verdict((await connection.answer())?.body ?? '')).toBe('soap:Client too-large')
  })

  test.each([
    ['of text', '<t:run><t:heading>'],
    ['of base64', '<t:run><t:texts><j:content>'],
  ])('a body of 100 MB %s in chunks is refused on the way', async (_what, begin) => {
    using connection = await RawConnection.open(site)
    connection.write(head('POST', path, { 'Content-Type': 'text/xml', 'Transfer-Encoding': 'chunked' }))
    const first = envelope(begin).split('</s:Body>')[0] ?? ''
    const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`
    const answer = connection.answer()
    let open = await connection.push(chunk(first))
    const part = chunk('A'.repeat(megabyte))
    for (let n = 0; open && n < 100; n++) open = await connection.push(part)
    if (open) connection.write('0\r\n\r\n')
    const told = await answer
    // The rest of the body is thrown away with the connection, and the answer sometimes with it.
    if (told !== undefined) expect(verdict(told.body)).toBe('soap:Client too-large')
    await connection.closed
  })

  test('a body that ends half way with the connection', async () => {
    using connection = await RawConnection.open(site)
    connection.write(head('POST', path, { 'Content-Type': 'text/xml', 'Content-Length': '5000' }), whole)
    connection.socket.end()
    await connection.closed
  })
})

describe('hostile HTTP', () => {
  test('a flood of headers', async () => {
    const many = Object.fromEntries(Array.from({ length: 5000 }, (_, n) => [`X-${n}`, 'flood']))
    // The rest is thrown away with the connection, and the answer sometimes with it.
    expect(await refusal(envelope(runTally()), many)).toMatch(/^(?:431|closed)$/)
    expect(await refusal(envelope(runTally()), { 'X-Long': 'x'.repeat(100_000) })).toMatch(/^(?:431|closed)$/)
  })

  test.each([
    ['no method', 'POST\r\n\r\n'],
    ['a method that nobody knows', head('HACK', path)],
    ['an absolute target', head('GET', 'http://169.254.169.254/latest/')],
    ['a broken escape', head('GET', '/services/%zz')],
    ['a target of 30 KB', head('GET', `/${'a'.repeat(30_000)}`)],
    ['no Host', 'GET / HTTP/1.1\r\n\r\n'],
    ['a folded header', 'GET / HTTP/1.1\r\nHost: localhost\r\nX: a\r\n b\r\n\r\n'],
    ['a header without a name', 'GET / HTTP/1.1\r\nHost: localhost\r\n: a\r\n\r\n'],
    ['HTTP/9.9', 'GET / HTTP/9.9\r\nHost: localhost\r\n\r\n'],
    ['CONNECT', 'CONNECT example.org:443 HTTP/1.1\r\nHost: example.org\r\n\r\n'],
    ['an upgrade to HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ])('%s', async (_what, text) => {
    using connection = await RawConnection.open(site)
    connection.write(text)
    const answer = await connection.answer()
    expect(answer?.status ?? 400).toBeGreaterThanOrEqual(400)
    expect(answer?.status ?? 400).toBeLessThan(500)
  })

  test('the Host of a request goes into no address', async () => {
    const answer = await request(site, 'GET', `${path}?wsdl`, { headers: { Host: 'evil.example' } })
    expect(answer?.status).toBe(200)
    expect(answer?.body).not.toContain('evil.example')
  })

  test('200 connections that say nothing', async () => {
    const idle: RawConnection[] = []
    try {
      for (let n = 0; n < 10; n++)
        idle.push(...(await Promise.all(Array.from({ length: 20 }, () => RawConnection.open(site, null)))))
      const answer = await post(site, path, envelope(runTally()))
      expect([verdict(answer?.body ?? ''), contentOf('total', answer?.body ?? '')]).toEqual(['good', '3'])
      expect(idle.some(one => one.socket.destroyed)).toBe(false)
    } finally {
      for (const one of idle) one[Symbol.dispose]()
    }
  })
})

test('connections that say nothing, or half a head, are closed after a while', async () => {
  const [silent, halfway] = await Promise.all([RawConnection.open(site, null), RawConnection.open(site, null)])
  halfway.socket.write('GET /health HTTP/1.1\r\nHost: localhost\r\nX-Slow: ')
  await Promise.all([silent.closed, halfway.closed])
})

test('a body that stops coming loses its connection', async () => {
  await stalled.closed
})
