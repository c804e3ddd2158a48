import { createHash, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as files from '../../../src/gridftp/client/files.ts'
import type { FtpSession } from '../../../src/gridftp/client/ftp-session.ts'
import { listDirectory, listRaw } from '../../../src/gridftp/client/list-directory.ts'
import { retrieve, type TransferOptions } from '../../../src/gridftp/client/retrieve.ts'
import type { SessionOptions } from '../../../src/gridftp/client/session-options.ts'
import { store } from '../../../src/gridftp/client/store.ts'
import { thirdParty } from '../../../src/gridftp/client/third-party.ts'
import { MemorySink, memorySource } from '../../../src/gridftp/data/memory.ts'
import { ByteRanges, type ByteSpan } from '../../../src/gridftp/protocol/byte-ranges.ts'
import { DataSite } from '../../support/data-site.ts'
import type { GlobusServer } from '../../support/globus-servers.ts'
import { allCases, type Case, pairwise } from '../../support/pairwise.ts'
import { needs } from '../../support/peer.ts'

/**
 * Our client with globus-gridftp-server, and with our own server: all that can be asked of a transfer, with each other. A
 * selection in which any two values meet; all of it with MATRIX=all.
 */
const factors = {
  operation: [
    'get',
    'put',
    'third party',
    'list',
    'partial get',
    'partial put',
    'resumed get',
    'resumed put',
    'checksum',
    'directory',
  ],
  mode: ['S', 'E', 'E 4', 'E 16'],
  authentication: ['N', 'A', 'S'],
  protection: ['C', 'S', 'P'],
  server: ['globus TLS 1.2', 'globus TLS 1.3', 'gridwrap'],
} as const
type MatrixCase = Case<typeof factors>

const moves = (operation: string): boolean => /get|put|third/.test(operation)
const possible = (one: MatrixCase): boolean =>
  // Nobody's data is protected, and what has no mode has one row.
  (one.authentication !== 'N' || one.protection === 'C') && (moves(one.operation) || one.mode === 'S')
const cases = process.env['MATRIX'] === 'all' ? allCases(factors, possible) : pairwise(factors, possible)

const protections = { C: 'clear', S: 'safe', P: 'private' } as const
const bytes = randomBytes(3_000_001)

describe.skipIf(!needs('globus-gridftp-server'))('our client', () => {
  let site: DataSite
  let servers: Readonly<Record<string, { readonly port: number }>>
  const stack = new AsyncDisposableStack()
  beforeAll(async () => {
    site = await DataSite.make()
    stack.use(site)
    servers = {
      'globus TLS 1.2': stack.use(
        await site.server({ environment: { GLOBUS_GSSAPI_MAX_TLS_PROTOCOL: 'TLS1_2_VERSION' } }),
      ),
      'globus TLS 1.3': stack.use(await site.server()),
      gridwrap: stack.use(await site.ownServer()),
    }
    writeFileSync(site.remote('in'), bytes)
  })
  afterAll(() => stack.disposeAsync())

  const open = ({ authentication, protection, server }: MatrixCase): Promise<FtpSession> => {
    const options: Partial<SessionOptions> = {
      protection: protections[protection],
      dataAuthentication:
        authentication === 'A'
          ? 'self'
          : authentication === 'N'
            ? 'none'
            : { subject: site.alice.certificate.subject.slash },
    }
    return site.session(servers[server]?.port ?? 0, options)
  }

  test.each(cases.map(one => [Object.values(one).join(', '), one] as const))('%s', async (_name, one) => {
    using session = await open(one)
    const options: TransferOptions = { mode: one.mode === 'S' ? 'S' : 'E', streams: Number(one.mode.slice(2) || 1) }
    const span: ByteSpan = { start: 100_001, end: 2_900_000 }
    const out = site.remote('out')
    rmSync(out, { force: true, recursive: true })
    const sink = new MemorySink(bytes.length)
    const stored = (): Buffer => readFileSync(out)
    switch (one.operation) {
      case 'get':
        await retrieve(session, site.remote('in'), sink, options)
        return expect(sink.bytes.equals(bytes)).toBe(true)
      case 'put':
        await store(session, out, memorySource(bytes), options)
        return expect(stored().equals(bytes)).toBe(true)
      case 'third party': {
        using other = await open(one)
        await thirdParty(session, site.remote('in'), other, out, { ...options, size: bytes.length })
        return expect(stored().equals(bytes)).toBe(true)
      }
      case 'partial get':
        await retrieve(session, site.remote('in'), sink, { ...options, span })
        return expect(sink.bytes.subarray(span.start).equals(bytes.subarray(span.start, span.end))).toBe(true)
      case 'partial put': {
        writeFileSync(out, bytes)
        await store(session, out, memorySource(bytes), { ...options, span, at: 7 })
        const expected = Buffer.from(bytes)
        expected.set(bytes.subarray(span.start, span.end), 7)
        return expect(stored().equals(expected)).toBe(true)
      }
      case 'resumed get': {
        // What one has is not asked for again: the sink would get it a second time.
        const have =
          one.mode === 'S'
            ? [{ start: 0, end: 1_000_000 }]
            : [
                { start: 0, end: 500_000 },
                { start: 900_000, end: 2_000_001 },
              ]
        const got = ByteRanges.of(have)
        let count = 0
        for (const { start, end } of have) await sink.write([bytes.subarray(start, end)], start)
        const listener = {
          onReceived: (start: number, end: number) => {
            count += got.add(start, end)
          },
        }
        await retrieve(session, site.remote('in'), sink, { ...options, have: ByteRanges.of(have), listener })
        expect(sink.bytes.equals(bytes)).toBe(true)
        return expect(count).toBe(bytes.length - ByteRanges.of(have).size)
      }
      case 'resumed put': {
        const have =
          one.mode === 'S'
            ? [{ start: 0, end: 1_000_000 }]
            : [
                { start: 0, end: 500_000 },
                { start: 900_000, end: 2_000_001 },
              ]
        const before = Buffer.alloc(2_000_001)
        for (const { start, end } of have) before.set(bytes.subarray(start, end), start)
        writeFileSync(out, before)
        if (one.server === 'gridwrap') {
          // It goes on with what it left itself (hostile-clients.test.ts); a file that is there may be any other.
          const guessed = store(session, out, memorySource(bytes), { ...options, have: ByteRanges.of(have) })
          return await expect(guessed).rejects.toThrow(/send it from its beginning/)
        }
        let count = 0
        const listener = {
          onBytes: (sent: number) => {
            count += sent
          },
        }
        await store(session, out, memorySource(bytes), { ...options, have: ByteRanges.of(have), listener })
        expect(stored().equals(bytes)).toBe(true)
        return expect(count).toBe(bytes.length - ByteRanges.of(have).size)
      }
      case 'list': {
        mkdirSync(site.remote('out/sub dir'), { recursive: true })
        writeFileSync(site.remote('out/ä file'), 'x')
        const entries: [string, string, number | undefined][] = []
        await listDirectory(
          session,
          out,
          ({ name, kind, size }) => void entries.push([name, kind, kind === 'file' ? size : 0]),
        )
        expect(entries.sort()).toEqual([
          ['sub dir', 'directory', 0],
          ['ä file', 'file', 1],
        ])
        return expect((await listRaw(session, out)).join('\n')).toContain('sub dir')
      }
      case 'checksum': {
        expect((await files.checksumsAt(session)).toSorted()).toEqual(['ADLER32', 'MD5', 'SHA1', 'SHA256', 'SHA512'])
        const sum = createHash('sha256').update(bytes.subarray(10, 1010)).digest('hex')
        return expect(await files.checksumAt(session, site.remote('in'), 'SHA256', { offset: 10, length: 1000 })).toBe(
          sum,
        )
      }
      case 'directory': {
        await files.makeDirectories(session, `${out}/a/b`)
        await files.makeDirectories(session, `${out}/a/b`)
        await store(session, `${out}/a/x`, memorySource(Buffer.from('x')), options)
        await files.setModified(session, `${out}/a/x`, 1_000_000_000_000)
        expect(await files.modifiedAt(session, `${out}/a/x`)).toBe(1_000_000_000_000)
        await files.rename(session, `${out}/a/x`, `${out}/a/y`)
        expect(await files.describe(session, `${out}/a/y`)).toMatchObject({ kind: 'file', size: 1 })
        expect(await files.sizeOf(session, `${out}/a/y`)).toBe(1)
        await expect(files.removeDirectory(session, `${out}/a`)).rejects.toThrow(/not empty/i)
        await files.removeFile(session, `${out}/a/y`)
        await files.removeDirectory(session, `${out}/a/b`)
        return expect(existsSync(`${out}/a/b`)).toBe(false)
      }
    }
  })

  const both = ['globus TLS 1.3', 'gridwrap']

  test.each(both)('says what was wrong, and the session can be used again: %s', async name => {
    using session = await site.session(servers[name]?.port ?? 0)
    const sink = new MemorySink(bytes.length)
    const missing = retrieve(session, site.remote('missing'), sink)
    await expect(missing).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringMatching(/No such file or directory|There is no file/) as string,
    })
    const inMissing = store(session, site.remote('missing/file'), memorySource(bytes), { streams: 4 })
    await expect(inMissing).rejects.toMatchObject({ code: 'not-found' })
    const broken = { write: () => Promise.reject(new Error('the disk is on fire')) }
    await expect(retrieve(session, site.remote('in'), broken)).rejects.toThrow(/on fire/)
    await expect(retrieve(session, site.remote('in'), broken, { streams: 4 })).rejects.toThrow(/on fire/)
    await retrieve(session, site.remote('in'), sink)
    expect(sink.bytes.equals(bytes)).toBe(true)
    await expect(files.removeFile(session, 'a\r\nDELE b')).rejects.toThrow(/line end/)
  })

  test.each(both)('can be told to stop: %s', async name => {
    using session = await site.session(servers[name]?.port ?? 0)
    const stop = new AbortController()
    const slow = { write: async () => stop.abort(new Error('enough')) }
    await expect(retrieve(session, site.remote('in'), slow, { signal: stop.signal })).rejects.toThrow(/enough/)
    expect(session.channel.closed?.message).toBe('enough')
  })

  test.each(both)('gets what is open to everybody, and nothing else, over ftp: %s', async name => {
    await using server =
      name === 'gridwrap'
        ? await site.ownServer({ anonymous: true })
        : await disposable(site.server({ anonymous: true }))
    const options = { logIn: { with: 'password', user: 'anonymous', password: 'gridwrap@' } } as const
    using session = await site.session(server.port, options)
    for (const streams of [1, 4]) {
      const sink = new MemorySink(bytes.length)
      await retrieve(session, site.remote('in'), sink, { streams })
      expect(sink.bytes.equals(bytes)).toBe(true)
    }
    const password = { with: 'password', user: 'alice', password: 'wrong' } as const
    await expect(site.session(server.port, { logIn: password })).rejects.toMatchObject({ code: 'credential-problem' })
  })
})

const disposable = async (server: Promise<GlobusServer>): Promise<{ readonly port: number } & AsyncDisposable> => {
  const started = await server
  return { port: started.port, [Symbol.asyncDispose]: async () => started[Symbol.dispose]() }
}
