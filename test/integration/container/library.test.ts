import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { HttpsConnection } from '../../../src/client/https-connection.ts'
import type { ServiceProxy } from '../../../src/client/service-proxy.ts'
import type { JobRef, JobStatus } from '../../../src/factory/job-status.ts'
import { needs } from '../../support/peer.ts'
import { TestSite } from '../../support/site.ts'

const code = `
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <stdio.h>
static int64_t kept = 0;
int64_t add(int64_t x) { kept += x; return kept; }
int32_t length(const char *text) { return (int32_t) strlen(text); }
void scale(int32_t n, const double *x, double factor, double *y) { for (int32_t i = 0; i < n; i++) y[i] = x[i] * factor; }
void twice(int32_t n, float *x) { for (int32_t i = 0; i < n; i++) x[i] *= 2; }
void corners(int32_t n, int32_t m, const int32_t *a, int32_t *b) { b[0] = a[0]; b[1] = a[m - 1]; b[2] = a[(n - 1) * m]; b[3] = a[n * m - 1]; }
double infinite(double x) { return x / 0.0; }
int32_t fail(int32_t how) { return how; }
void crash(void) { *(volatile int *) 0 = 1; }
void end(int32_t code) { exit(code); }
void forever(void) { for (;;) ; }
void hog(void) { for (;;) { char *more = malloc(1 << 24); if (more) memset(more, 1, 1 << 24); } }
`

const description = `
gridwrap: 1
name: clib
title: A library in C
library: libclib.so
files: [libclib.so]
limits: {memory: 500MB}
operations:
  add: {arguments: {x: {c: long}}, returns: {c: long, name: sum}}
  length: {arguments: {text: {c: string}}, returns: int}
  scale: {arguments: {n: {c: int, value: size(x)}, x: {c: 'double[n]'}, factor: double, y: {c: 'double[n]', out: true}}}
  twice: {arguments: {n: {c: int, value: size(x)}, x: {c: 'float[n]', inout: true, as: file}}}
  corners:
    arguments: {n: int, m: {c: int, value: size(a)}, a: {c: 'int[n,m]'}, b: {c: 'int[4]', out: true}}
  cornersOf:
    symbol: corners
    arguments: {n: {c: int, range: 1..100}, m: {c: int, range: 1..100}, a: {c: 'int[n,m]'}, b: {c: 'int[4]', out: true}}
  fail: {arguments: {how: int}, returns: {c: int, name: code, fails: negative}}
  infinite: {arguments: {x: double}, returns: double}
  crash: {}
  end: {arguments: {code: int}}
  forever: {timeout: 1s}
  hog: {}
  nowhere: {}
`

const fortran = `
gridwrap: 1
name: flib
title: A library in Fortran
library: libflib.so
files: [libflib.so]
operations:
  halt: {convention: fortran77, arguments: {code: int}}
  outer: {convention: fortran77, arguments: {n: {c: int, value: size(x)}, m: {c: int, value: size(y)}, x: {c: 'double[n]'}, y: {c: 'double[m]'}, a: {c: 'double[n,m]', out: true}}}
`

let site: TestSite
let connection: HttpsConnection
let service: ServiceProxy
let folder: string

const hasFortran = needs('gfortran')

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gridwrap-library-'))
  const services = [join(folder, 'clib')]
  await mkdir(join(folder, 'clib'))
  await writeFile(join(folder, 'clib/application.yaml'), description)
  await writeFile(join(folder, 'clib.c'), code)
  execFileSync('gcc', ['-shared', '-fPIC', '-O1', '-o', join(folder, 'clib/libclib.so'), join(folder, 'clib.c')])
  if (hasFortran) {
    await mkdir(join(folder, 'flib'))
    await writeFile(join(folder, 'flib/application.yaml'), fortran)
    await writeFile(
      join(folder, 'flib.f'),
      `      subroutine halt(code)
      integer code
      if (code .eq. 3) stop 3
      end
      subroutine outer(n, m, x, y, a)
      integer n, m, i, j
      double precision x(n), y(m), a(n, m)
      do 10 j = 1, m
      do 10 i = 1, n
   10 a(i, j) = x(i) * y(j)
      end
`,
    )
    execFileSync('gfortran', ['-shared', '-fPIC', '-o', join(folder, 'flib/libflib.so'), join(folder, 'flib.f')])
    services.push(join(folder, 'flib'))
  }
  site = await TestSite.start({ services })
  connection = site.connect()
  service = await site.service('clib', connection)
})
afterAll(async () => {
  connection[Symbol.dispose]()
  await site[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

const open = async (from = service): Promise<string> => (await from.call<{ job: JobRef }>('submit', {})).job.handle

const call = async (handle: string, name: string, parameters: object = {}): Promise<Record<string, unknown>> =>
  (await service.call<{ results: Record<string, unknown> }>(name, { ...parameters }, handle)).results

const ended = async (handle: string): Promise<JobStatus> =>
  (await service.call<{ status: JobStatus }>('waitFor', { seconds: 60 }, handle)).status

/** The most memory (bytes) that the process of a job has had. */
function holderMemory(handle: string): number {
  const id = handle.slice(handle.lastIndexOf('/') + 1)
  const claim = readFileSync(join(site.data, 'instances', id.slice(0, 2), id, 'control/1/claim'), 'latin1')
  const [, pid] = /program (\d+)/.exec(claim) ?? []
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024
}

describe('a library', () => {
  test('is called with numbers, strings and arrays, and keeps its state', async () => {
    const handle = await open()
    expect(await call(handle, 'add', { x: 9007199254740993n })).toEqual({ sum: 9007199254740993n })
    expect(await call(handle, 'add', { x: -1n })).toEqual({ sum: 9007199254740992n })
    expect(await call(handle, 'length', { text: 'ä%s"' })).toEqual({ result: 5n })
    expect(await call(handle, 'scale', { x: [1, 2.5, -0], factor: 2 })).toEqual({ y: [2, 5, -0] })
    expect(await call(handle, 'cornersOf', { n: 2n, m: 3n, a: [1n, 2n, 3n, 4n, 5n, 6n] })).toEqual({
      b: [1n, 3n, 4n, 6n],
    })
    expect(await call(handle, 'infinite', { x: -1 })).toEqual({ result: Number.NEGATIVE_INFINITY })
    expect(await call(handle, 'infinite', { x: 0 })).toEqual({ result: Number.NaN })
    // Another session is another process.
    const other = await open()
    expect(await call(other, 'add', { x: 1n })).toEqual({ sum: 1n })
    await service.call('destroy', {}, other)
    await site.kill()
    await site.startContainer()
    expect(await call(handle, 'add', { x: 0n })).toEqual({ sum: 9007199254740992n })
    await service.call('destroy', {}, handle)
  })

  test('is not called with what does not fit together, and goes on', async () => {
    const handle = await open()
    const refused = async (name: string, parameters: object, rule: RegExp): Promise<void> => {
      await expect(call(handle, name, parameters)).rejects.toMatchObject({
        code: 'invalid-input',
        message: expect.stringMatching(rule) as string,
      })
    }
    await refused('cornersOf', { n: 2n, m: 3n, a: [1n, 2n] }, /has 2 elements; the other arguments say 2 x 3 = 6/)
    await refused('cornersOf', { n: 1000n, m: 3n, a: [1n] }, /n = "1000"/)
    await refused('length', { text: 'a\nb' }, /text/)
    await refused('twice', { x: { upload: true } }, /comes with the call/)
    await refused('twice', { x: { content: Buffer.alloc(3) } }, /does not follow|elements/)
    await expect(call(handle, 'fail', { how: -2n })).rejects.toMatchObject({
      code: 'job-refused-input',
      message: expect.stringContaining('code = -2') as string,
    })
    expect(await call(handle, 'fail', { how: 2n })).toEqual({ code: 2n })
    await expect(call(handle, 'nowhere')).rejects.toMatchObject({
      code: 'job-failed',
      message: expect.stringContaining('no routine "nowhere"') as string,
    })
    await service.call('destroy', {}, handle)
  })

  test.for([
    ['crash', {}, { state: 'Failed', signal: 'SIGSEGV' }],
    ['end', { code: 4n }, { state: 'Failed', exitCode: 4 }],
    ['forever', {}, { state: 'Failed', reason: expect.stringContaining('did not return in time') as string }],
    ['hog', {}, { state: 'Failed', reason: expect.stringContaining('memory') as string }],
  ] as const)(
    '%s ends the session, with the reason, and nothing else',
    { timeout: 60_000 },
    async ([name, parameters, status]) => {
      const [handle, other] = [await open(), await open()]
      await call(other, 'add', { x: 1n })
      await expect(call(handle, name, parameters)).rejects.toMatchObject({ code: 'job-failed' })
      expect(await ended(handle)).toMatchObject(status)
      expect(await call(other, 'add', { x: 1n })).toEqual({ sum: 2n })
      await service.call('destroy', {}, other)
    },
  )

  test('takes and gives ten million numbers as a file', async () => {
    const handle = await open()
    await call(handle, 'add', { x: 1n })
    const before = holderMemory(handle)
    const numbers = new Float32Array(10_000_000).map((_, i) => i % 1000)
    const { x } = await call(handle, 'twice', { x: { content: new Uint8Array(numbers.buffer) } })
    const { content } = x as { content: Uint8Array }
    const back = new Float32Array(content.buffer.slice(content.byteOffset, content.byteOffset + content.length))
    expect(back.length).toBe(numbers.length)
    expect([back[0], back[999], back[9_999_999]]).toEqual([0, 1998, 1998])
    // Of the process that holds the library: less than three times the array, in and out.
    expect(holderMemory(handle) - before).toBeLessThan(3 * numbers.byteLength)
    await service.call('destroy', {}, handle)
  }, 120_000)
})

describe.runIf(hasFortran)('a library in Fortran', () => {
  test('gets arrays as it has them, and callers as they have them', async () => {
    const flib = await site.service('flib', connection)
    const { job } = await flib.call<{ job: JobRef }>('submit', {})
    const { results } = await flib.call<{ results: object }>('outer', { x: [1, 2], y: [10, 20, 30] }, job.handle)
    expect(results).toEqual({ a: [10, 20, 30, 20, 40, 60] })
    await flib.call('destroy', {}, job.handle)
  })

  test('that says STOP ends the session, with its code', async () => {
    const flib = await site.service('flib', connection)
    const { job } = await flib.call<{ job: JobRef }>('submit', {})
    expect((await flib.call<{ results: object }>('halt', { code: 0n }, job.handle)).results).toEqual({})
    await expect(flib.call('halt', { code: 3n }, job.handle)).rejects.toMatchObject({ code: 'job-failed' })
    expect(await ended(job.handle)).toMatchObject({ state: 'Failed', exitCode: 3 })
  })
})
