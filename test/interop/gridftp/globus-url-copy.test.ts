import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { DataSite } from '../../support/data-site.ts'
import { allCases, type Case, pairwise } from '../../support/pairwise.ts'
import { needs } from '../../support/peer.ts'

/**
 * globus-url-copy with our server: its options with each other, in a selection in which any two meet (all of it with
 * MATRIX=all), and those that stand alone. Third party copies go between our server and the real one.
 */
const factors = {
  operation: [
    'get',
    'put',
    'third party from globus',
    'third party to globus',
    'tree get',
    'tree put',
    'tree from globus',
    'tree to globus',
  ],
  streams: ['', '-p 1', '-p 4', '-fast', '-fast -p 4'],
  protection: ['', '-dcsafe', '-dcpriv', '-nodcau'],
  order: ['', '-pp', '-cc 2', '-dp', '-stripe'],
  tls: ['1.2', '1.3'],
} as const
type GucCase = Case<typeof factors>

const possible = ({ order, streams, operation }: GucCase): boolean =>
  // Stripes are of extended mode, and of puts and third party copies.
  (order !== '-stripe' || (streams.includes('-p') && !/get|tree/.test(operation))) &&
  // Many files are what many sessions and pipelines are for; and one alone says as much as two.
  (!/-pp|-cc/.test(order) || operation.startsWith('tree'))
const cases = process.env['MATRIX'] === 'all' ? allCases(factors, possible) : pairwise(factors, possible)

const bytes = randomBytes(3_000_001)
const patienceMs = 20_000

describe.skipIf(!needs('globus-gridftp-server') || !needs('globus-url-copy'))('globus-url-copy with our server', () => {
  let site: DataSite
  let ours: string
  let globus: string
  const stack = new AsyncDisposableStack()
  beforeAll(async () => {
    site = stack.use(await DataSite.make())
    ours = `gsiftp://localhost:${stack.use(await site.ownServer()).port}`
    globus = `gsiftp://localhost:${stack.use(await site.server()).port}`
    writeFileSync(site.remote('in'), bytes)
    mkdirSync(site.remote('tree/sub dir/empty'), { recursive: true })
    writeFileSync(site.remote('tree/nothing'), '')
    writeFileSync(site.remote('tree/large'), bytes.subarray(0, 700_000))
    for (let i = 0; i < 12; i++) writeFileSync(site.remote(`tree/sub dir/f ${i}`), bytes.subarray(i, 100 * i))
  })
  afterAll(() => stack.disposeAsync())
  beforeEach(() => rmSync(site.remote('out'), { recursive: true, force: true }))

  const copy = async (words: readonly string[], tls = '1.3'): Promise<string> => {
    const env = {
      ...process.env,
      ...site.environment,
      ...(tls === '1.2' ? { GLOBUS_GSSAPI_MAX_TLS_PROTOCOL: 'TLS1_2_VERSION' } : {}),
    }
    const { stdout } = await promisify(execFile)('globus-url-copy', words, { env, timeout: patienceMs })
    return stdout
  }
  const url = (server: string, path: string): string => `${server}${encodeURI(path)}`

  test.each(cases.map(one => [Object.values(one).join(', '), one] as const))('%s', async (_name, one) => {
    const { operation, streams, protection, order, tls } = one
    const options = [streams, protection, order].flatMap(word => word.split(' ')).filter(word => word !== '')
    const tree = operation.startsWith('tree')
    const [from, to] = [site.remote(tree ? 'tree/' : 'in'), site.remote(tree ? 'out/' : 'out')]
    const [source, destination] = operation.endsWith('get')
      ? [ours, 'file://']
      : operation.endsWith('put')
        ? ['file://', ours]
        : operation.endsWith('from globus')
          ? [globus, ours]
          : [ours, globus]
    await copy([...options, ...(tree ? ['-r', '-cd'] : []), url(source, from), url(destination, to)], tls)
    if (!tree) return expect(readFileSync(to).equals(bytes)).toBe(true)
    const names = readdirSync(from, { recursive: true, encoding: 'utf8' }).sort()
    expect(readdirSync(to, { recursive: true, encoding: 'utf8' }).sort()).toEqual(names)
    for (const name of names.filter(one => statSync(`${from}/${one}`).isFile()))
      expect(readFileSync(`${to}/${name}`).equals(readFileSync(`${from}/${name}`))).toBe(true)
  })

  test('lists', async () => {
    const listed = await copy(['-list', url(ours, site.remote('tree/'))])
    expect(
      listed
        .split('\n')
        .slice(1)
        .map(line => line.trim())
        .filter(line => line !== '')
        .sort(),
    ).toEqual(['large', 'nothing', 'sub dir/'])
  })

  test('gets a part, and puts one into a file', async () => {
    await copy(['-off', '1000', '-len', '5000', url(ours, site.remote('in')), `file://${site.remote('out')}`])
    expect(readFileSync(site.remote('out')).subarray(-5000).equals(bytes.subarray(1000, 6000))).toBe(true)
    writeFileSync(site.remote('out'), Buffer.alloc(9000))
    await copy(['-off', '1000', '-len', '5000', `file://${site.remote('in')}`, url(ours, site.remote('out'))])
    const expected = Buffer.alloc(9000)
    expected.set(bytes.subarray(1000, 6000), 1000)
    expect(readFileSync(site.remote('out')).equals(expected)).toBe(true)
  })

  test.each(['MD5', 'ADLER32', 'SHA1', 'SHA256', 'SHA512'])('verifies with %s', async algorithm => {
    for (const [source, destination] of [
      // Of files of its own machine it cannot make them all.
      ...(algorithm === 'ADLER32' ? [] : [['file://', ours] as const]),
      [ours, globus],
      [globus, ours],
    ] as const) {
      rmSync(site.remote('out'), { force: true })
      await copy([
        '-verify-checksum',
        '-checksum-alg',
        algorithm,
        url(source, site.remote('in')),
        url(destination, site.remote('out')),
      ])
      expect(readFileSync(site.remote('out')).equals(bytes)).toBe(true)
    }
  })

  test.each(['0', '1', '2', '3'])('syncs at level %s', async level => {
    const words = [
      '-sync',
      '-sync-level',
      level,
      '-r',
      '-cd',
      url(globus, site.remote('tree/')),
      url(ours, site.remote('out/')),
    ]
    await copy(words)
    // Other bytes, older, of the same size: seen by time and by checksum only.
    writeFileSync(site.remote('out/large'), Buffer.alloc(700_000))
    const [past] = [new Date(Date.now() - 3_600_000)]
    utimesSync(site.remote('out/large'), past, past)
    rmSync(site.remote('out/nothing'))
    await copy(words)
    expect(statSync(site.remote('out/nothing')).size).toBe(0)
    const again = readFileSync(site.remote('out/large')).equals(readFileSync(site.remote('tree/large')))
    expect(again).toBe(Number(level) >= 2)
  })

  test.each([
    { words: ['-rst'], what: 'restarts' },
    { words: ['-tcp-bs', '262144'], what: 'buffer sizes' },
    { words: ['-bs', '65536'], what: 'small blocks' },
    { words: ['-vb', '-p', '2'], what: 'performance markers' },
    { words: ['-ds', ''], what: 'a named subject' },
    { words: ['-no-g2', '-p', '2'], what: 'no commands of its own' },
    { words: ['-c'], what: 'going on after errors' },
  ])('understands $words: $what', async ({ words }) => {
    const named = words[0] === '-ds' ? ['-ds', site.host.certificate.subject.slash] : words
    await copy([...named, url(globus, site.remote('in')), url(ours, site.remote('out'))])
    expect(readFileSync(site.remote('out')).equals(bytes)).toBe(true)
  })

  test('is told what is wrong', async () => {
    await expect(copy([url(ours, site.remote('missing')), `file://${site.remote('out')}`])).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/There is no file|No such file/) as string,
    })
    await expect(copy([`file://${site.remote('in')}`, url(ours, site.remote('missing/out'))])).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/There is no|No such file/) as string,
    })
  })

  test('copies what is open to everybody over ftp', async () => {
    await using server = await site.ownServer({ anonymous: true })
    for (const streams of [[], ['-p', '4']]) {
      rmSync(site.remote('out'), { force: true })
      await copy([...streams, `ftp://localhost:${server.port}${site.remote('in')}`, `file://${site.remote('out')}`])
      expect(readFileSync(site.remote('out')).equals(bytes)).toBe(true)
    }
    await expect(
      copy([`file://${site.remote('in')}`, `ftp://localhost:${server.port}${site.remote('out')}`]),
    ).rejects.toMatchObject({ stderr: expect.stringContaining('read only') as string })
  })
})
