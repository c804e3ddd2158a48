// Over 300 lines: what servers may do otherwise than they should, each of them one test over the same few rooms.
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Access } from '../../../src/transfer/access.ts'
import { copyFile } from '../../../src/transfer/copy-file.ts'
import type { Copied, CopyOptions } from '../../../src/transfer/copy-options.ts'
import { copyTree } from '../../../src/transfer/copy-tree.ts'
import { Endpoints } from '../../../src/transfer/endpoints.ts'
import { below, lastName, parseLocation } from '../../../src/transfer/location.ts'
import { fetchFile } from '../../../src/transfer/staging/fetch-file.ts'
import { InputCache } from '../../../src/transfer/staging/input-cache.ts'
import { DataSite } from '../../support/data-site.ts'
import { OddFtpServer } from '../../support/odd-ftp-server.ts'

const MiB = 1_048_576
let folder: string
let site: DataSite
const used = new AsyncDisposableStack()
beforeAll(async () => {
  site = used.use(await DataSite.make())
  folder = mkdtempSync(join(tmpdir(), 'gridwrap-odd-'))
})
afterAll(async () => {
  await used.disposeAsync()
  rmSync(folder, { recursive: true, force: true })
})

const access = (more: Partial<Access> = {}): Access => ({
  credential: () => site.proxy,
  trust: () => site.trust,
  idleTimeoutMs: 5000,
  ...more,
})
const here = (name: string): string => join(folder, name)
const copy = async (
  from: string,
  to: string,
  options: CopyOptions = {},
  more: Partial<Access> = {},
): Promise<Copied> => {
  await using endpoints = new Endpoints(access(more))
  return await copyFile(endpoints, parseLocation(from), parseLocation(to), {
    retry: { attempts: 3, firstDelayMs: 5 },
    ...options,
  })
}

/** A web server that does as a test says. */
async function web(
  listener: RequestListener,
  server: Server = createServer(),
): Promise<{ readonly url: string } & Disposable> {
  server.on('request', listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const scheme = server instanceof (await import('node:https')).Server ? 'https' : 'http'
  return {
    url: `${scheme}://localhost:${(server.address() as AddressInfo).port}`,
    [Symbol.dispose]: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}
const fromOf = ({ headers }: IncomingMessage): number => Number(/bytes=(\d+)-/.exec(headers.range ?? '')?.[1] ?? 0)
const epoch = new Date(0).toUTCString()

describe('FTP servers of the plain kind', () => {
  test('take a new file, and one is made anew where a first attempt was refused', async () => {
    const fresh = Buffer.alloc(40 * MiB, 'n')
    writeFileSync(here('new'), fresh)
    const files = new Map([['/old', Buffer.alloc(40 * MiB, 'o')]])
    using server = await OddFtpServer.start({ files, refusals: 1 })
    await copy(here('new'), server.url('/old'))
    expect(files.get('/old')?.equals(fresh)).toBe(true)
    await copy(here('new'), server.url('/another'))
    expect(files.get('/another')?.equals(fresh)).toBe(true)
  })

  test('give trees', async () => {
    using server = await OddFtpServer.start({
      files: new Map([
        ['/d/a', Buffer.from('a')],
        ['/d/deep/b c', Buffer.from('bc')],
      ]),
    })
    await using endpoints = new Endpoints(access())
    const counts = await copyTree(endpoints, parseLocation(server.url('/d')), parseLocation(here('tree')))
    expect(counts).toEqual({ copied: 2, skipped: 0, failed: 0 })
    expect(readFileSync(here('tree/deep/b c'), 'utf8')).toBe('bc')
  })

  test('are left when they say nothing but that one should wait, when that is wanted', async () => {
    using server = await OddFtpServer.start({
      files: new Map(),
      answer: (line, socket) => {
        if (!line.startsWith('FEAT')) return false
        const timer = setInterval(() => socket.write('150 wait\r\n'), 20)
        socket.once('close', () => clearInterval(timer))
        return true
      },
    })
    const stop = new AbortController()
    const waiting = copy(server.url('/x'), here('x'), { signal: stop.signal })
    await expect.poll(() => server.open).toBe(1)
    stop.abort(new Error('not wanted'))
    await expect(waiting).rejects.toThrow('not wanted')
    await expect.poll(() => server.open).toBe(0)
    // And without being told: waiting is no answer to a question.
    await expect(copy(server.url('/x'), here('x'), { retry: { attempts: 1 } }, { idleTimeoutMs: 300 })).rejects.toThrow(
      /has said nothing for 0\.3 s/,
    )
  })

  test('cannot fill the memory with a reply', async () => {
    using server = await OddFtpServer.start({
      files: new Map(),
      answer: (line, socket) => {
        if (!line.startsWith('FEAT')) return false
        socket.write(`211-x\r\n${'\n'.repeat(2_000_000)}`)
        return true
      },
    })
    await expect(copy(server.url('/x'), here('x'), { retry: { attempts: 1 } })).rejects.toThrow(/A reply has more than/)
  })
})

describe('web servers', () => {
  test.each([200, 403, 404])('that are content before they have a file have none (HEAD: %i)', async head => {
    const server = createServer()
    server.on('checkContinue', (_request, response) => response.end('thanks'))
    using there = await web(
      (_request, response) => void response.writeHead(head, { 'transfer-encoding': 'chunked' }).end(),
      server,
    )
    writeFileSync(here('up'), Buffer.alloc(3 * MiB, 'x'))
    for (const verify of ['possible', 'no'] as const)
      await expect(copy(here('up'), `${there.url}/up`, { verify })).rejects.toThrow(/content before all of/)
    using source = await web((request, response) => {
      response.writeHead(200, { 'last-modified': epoch, 'content-length': 50 * MiB })
      response.end(request.method === 'HEAD' ? undefined : Buffer.alloc(50 * MiB))
    })
    await expect(copy(`${source.url}/x`, `${there.url}/x`, { retry: { attempts: 1 } })).rejects.toThrow(
      /content before/,
    )
  })

  test('take a file of no bytes, and one that may only be written', async () => {
    const got: Buffer[] = []
    using there = await web((request, response) => {
      if (request.method === 'HEAD') return void response.writeHead(403).end()
      void request.toArray().then(chunks => {
        got.push(Buffer.concat(chunks))
        response.writeHead(201).end()
      })
    })
    writeFileSync(here('empty'), '')
    writeFileSync(here('some'), 'some')
    expect((await copy(here('empty'), `${there.url}/e`)).verified).toBe('not at all')
    expect((await copy(here('some'), `${there.url}/s`)).verified).toBe('not at all')
    expect(got.map(String)).toEqual(['', 'some'])
  })

  test('whose file changes in the middle give the new one, whole', async () => {
    let gets = 0
    const asked: unknown[] = []
    using there = await web((request, response) => {
      const version = gets === 0 ? 'o' : 'n'
      const same = request.headers['if-range'] === undefined || request.headers['if-range'] === `"${version}"`
      const from = same ? fromOf(request) : 0
      response
        .setHeader('etag', `"${version}"`)
        .setHeader('last-modified', epoch)
        .setHeader('content-length', 4 * MiB - from)
      if (request.method === 'HEAD') return void response.end()
      asked.push(request.headers['if-range'])
      if (from > 0) response.writeHead(206, { 'content-range': `bytes ${from}-${4 * MiB - 1}/${4 * MiB}` })
      if (gets++ > 0) return void response.end(Buffer.alloc(4 * MiB - from, version))
      response.write(Buffer.alloc(2 * MiB, version), () => request.socket.destroy())
    })
    await copy(`${there.url}/x`, here('changed'))
    expect(readFileSync(here('changed')).equals(Buffer.alloc(4 * MiB, 'n'))).toBe(true)
    expect(asked.length).toBeGreaterThan(1)
  })

  test('do not learn who asks from another server that sends there, and no PUT or DELETE is repeated elsewhere', async () => {
    const seen: unknown[] = []
    const tls = { ...site.host.toTls(), requestCert: true, rejectUnauthorized: false }
    using other = await web(
      (request, response) => {
        const { subject } = (request.socket as TLSSocket).getPeerCertificate() as { subject?: unknown }
        seen.push([request.method, subject, request.headers.authorization])
        response.setHeader('content-length', 4).end(request.method === 'HEAD' ? undefined : 'data')
      },
      createHttpsServer(tls) as unknown as Server,
    )
    using first = await web(
      (_request, response) => {
        response.writeHead(302, { location: `${other.url}/precious` }).end()
      },
      createHttpsServer(tls) as unknown as Server,
    )
    await copy(`${first.url}/x`, here('redirected'), {}, { token: 'SECRET' })
    await copy(`${first.url}/x`, here('redirected'))
    expect(seen.length).toBeGreaterThan(3)
    for (const [method, subject, authorization] of seen as [string, object | undefined, unknown][]) {
      expect(method).toMatch(/^(?:GET|HEAD)$/)
      expect(Object.keys(subject ?? {})).toEqual([])
      expect(authorization).toBeUndefined()
    }
    await using endpoints = new Endpoints(access())
    const place = parseLocation(`${first.url}/x`)
    await expect(endpoints.at(place).removeFile(place.path)).rejects.toThrow(/sends elsewhere/)
  })

  test('that give a byte each time are given up', async () => {
    let gets = 0
    using there = await web((request, response) => {
      const from = fromOf(request)
      response.writeHead(from > 0 ? 206 : 200, {
        ...{ 'last-modified': epoch, 'content-length': 1000 - from },
        ...(from > 0 ? { 'content-range': `bytes ${from}-999/1000` } : {}),
      })
      if (request.method === 'HEAD') return void response.end()
      gets++
      response.write('x', () => request.socket.destroy())
    })
    await expect(copy(`${there.url}/x`, here('drip'))).rejects.toThrow()
    expect(gets).toBe(3)
  })

  test('cannot choose where a file goes', () => {
    expect(lastName(parseLocation('http://evil/x/..%2F..%2Fpwned'))).toBe('')
    expect(lastName(parseLocation('http://evil/x/%2E%2E'))).toBe('')
    expect(lastName(parseLocation('http://evil/x/a%20b?c=d/e'))).toBe('a b')
  })

  test('are believed about their own files only', async () => {
    const secret = randomBytes(1000)
    mkdirSync(here('cache'))
    writeFileSync(here('victim'), secret)
    const cache = new InputCache(here('cache'), 1e9)
    const { createHash } = await import('node:crypto')
    const sum = createHash('sha256').update(secret)
    const digest = sum.copy().digest('base64')
    await cache.keep('another server', here('victim'), secret.length, sum.digest('hex'))
    let gets = 0
    using there = await web((request, response) => {
      if (request.method === 'GET') gets++
      response.writeHead(200, {
        'content-length': secret.length,
        'repr-digest': `sha-256=:${digest}:`,
        'last-modified': epoch,
      })
      response.end(request.method === 'GET' ? Buffer.alloc(secret.length) : undefined)
    })
    await using endpoints = new Endpoints(access())
    await fetchFile(endpoints, `${there.url}/x`, here('attacker'), 1e6, cache, {}).catch(() => undefined)
    expect(gets).toBeGreaterThan(0)
    expect(existsSync(here('attacker')) && readFileSync(here('attacker')).equals(secret)).toBe(false)
  })
})

describe('names and places', () => {
  test('a URL of FTP has no query and no fragment', () => {
    expect(parseLocation('gsiftp://h/results#old').path).toBe('/results#old')
    expect(parseLocation('ftp://h/a?b').path).toBe('/a?b')
    expect(parseLocation('gsiftp://h/a\\b').path).toBe('/a\\b')
    expect(lastName(parseLocation('gsiftp://h/d/a?b'))).toBe('a?b')
    expect(parseLocation(below(parseLocation('gsiftp://h/d'), 'x#y').text).path).toBe('/d/x#y')
  })

  test('a tree is not copied into itself, and what of it cannot be copied is told', async () => {
    mkdirSync(here('t/sub'), { recursive: true })
    for (const name of ['a', 'sub/b']) writeFileSync(here(`t/${name}`), name)
    writeFileSync(Buffer.concat([Buffer.from(here('t/caf')), Buffer.of(0xe9)]), 'x')
    writeFileSync(here('t/two\nlines'), 'x')
    await using endpoints = new Endpoints(access())
    const told: string[] = []
    const tree = { onFailed: (_place: unknown, error: unknown): void => void told.push(String(error)) }
    const counts = await copyTree(endpoints, parseLocation(here('t')), parseLocation(here('t-copy')), { tree })
    expect(counts).toEqual({ copied: 2, skipped: 0, failed: 2 })
    expect(told.join('\n')).toMatch(/not UTF-8[\s\S]*no name of a file|no name of a file[\s\S]*not UTF-8/)
    expect(readdirSync(here('t-copy')).sort()).toEqual(['a', 'sub'])
    const inside = copyTree(endpoints, parseLocation(here('t')), parseLocation(here('t/sub/deeper')))
    await expect(inside).rejects.toThrow(/cannot be copied into itself/)
    await expect(copyFile(endpoints, parseLocation(here('t/a')), parseLocation(here('t/../t/a')))).rejects.toThrow(
      /the same file/,
    )
    expect(readFileSync(here('t/a'), 'utf8')).toBe('a')
  })

  test('two of the same copy at once do not write the same file', async () => {
    using there = await web((request, response) => {
      response.writeHead(200, { 'content-length': 8 * MiB, 'last-modified': epoch })
      response.end(request.method === 'HEAD' ? undefined : Buffer.alloc(8 * MiB, 'x'))
    })
    await Promise.all([1, 2, 3].map(() => copy(`${there.url}/x`, here('same'), { verify: 'no' })))
    expect(readFileSync(here('same')).equals(Buffer.alloc(8 * MiB, 'x'))).toBe(true)
    expect(readdirSync(folder).filter(name => name.startsWith('.same'))).toEqual([])
  })
})
