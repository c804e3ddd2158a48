import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { writePem } from '../../../src/gsi/pem.ts'
import { needs } from '../../support/peer.ts'
import { TestSite, type TestUser } from '../../support/site.ts'
import { type Ran, run } from '../gsi/run-program.ts'
import { clientEnvironment, curl, output } from './foreign-program.ts'
import { contentOf, envelope, runTally, verdict } from './messages.ts'
import { head } from './raw-connection.ts'

let site: TestSite
let tally = ''
beforeAll(async () => {
  site = await TestSite.start({ key: 'rsa', services: ['test/fixtures/interop/tally'] })
  tally = `${site.url}/services/tally`
})
afterAll(() => site[Symbol.asyncDispose]())

const status = ['-o', '/dev/null', '-w', '%{http_code} %{size_download}']
const post = (args: readonly string[], body: string, url = tally, user: TestUser | null = site.alice): Promise<Ran> =>
  curl(site, user, [...args, '-H', 'Content-Type: text/xml', '--data-binary', '@-', url], body)
const submit = async (more: string): Promise<{ readonly url: string; readonly answer: string }> => {
  const answer = (await post([], envelope(`<t:submit>${more}</t:submit>`))).stdout
  return { url: contentOf('address', answer) ?? '', answer }
}

describe.skipIf(!needs('curl'))('curl with a proxy', () => {
  test.each([
    ['TLS 1.3 with ALPN', ['--tlsv1.3']],
    ['TLS 1.2 with ALPN', ['--tls-max', '1.2']],
    ['TLS 1.2 without ALPN', ['--no-alpn', '--tls-max', '1.2']],
    ['whatever comes about without ALPN', ['--no-alpn']],
    ['HTTP/2 offered', ['--http2']],
    ['HTTP/1.0', ['--no-alpn', '--http1.0']],
    ['a body in chunks', ['-H', 'Transfer-Encoding: chunked']],
    ['a body that waits to be asked for', ['-H', 'Expect: 100-continue']],
    ['a compressed answer asked for', ['--compressed']],
  ])('POSTs SOAP by hand: %s', async (_what, args) => {
    const { stdout } = await post(['-w', ' %{http_code}', ...args], envelope(runTally()))
    expect([verdict(stdout), contentOf('total', stdout)]).toEqual(['good', '3'])
    expect(stdout).toMatch(/ 200$/)
  })

  test('several calls on one connection', async () => {
    const one = ['-H', 'Content-Type: text/xml', '--data-binary', envelope('<t:listInstances/>'), tally, ...status]
    const again = ['--next', '-sS', '--cacert', site.caFile, '--cert', site.alice.proxyFile]
    const connects = ['-w', '%{num_connects}']
    const { stdout } = await curl(site, site.alice, [...one, ...connects, ...again, ...one, ...connects])
    expect(stdout).toBe('10')
  })

  test.each(['?wsdl', '?wsdl12', '?wsdl=ogsi', '?gwsdl', '?WSDL'])(
    'GETs the contract %s without a proxy',
    async query => {
      const { stdout } = await curl(site, null, [tally + query])
      expect(stdout).toMatch(/^<\?xml .*<\/(?:\w+:)?definitions>\s*$/s)
      expect(stdout).toContain(query === '?gwsdl' ? 'gridWSDLExtensions' : `location="${tally}"`)
    },
  )

  test('HEAD of a contract says its length', async () => {
    const { stdout } = await curl(site, null, ['--head', `${tally}?wsdl`])
    const whole = (await curl(site, null, [`${tally}?wsdl`])).stdout
    expect(stdout).toMatch(new RegExp(`^content-length: ${Buffer.byteLength(whole)}\r$`, 'im'))
  })

  test('GETs files: whole, a range, several kinds of range that are not to be had, HEAD, not modified', async () => {
    const { stdout: answer } = await post([], envelope(runTally('<t:heading>0123456789</t:heading>')))
    const table = /<j:url>([^<]*table\.txt)<\/j:url>/.exec(answer)?.[1] ?? ''
    const get = async (...args: readonly string[]): Promise<string> =>
      (await curl(site, site.alice, [...args, '-w', ' %{http_code}', table])).stdout
    expect(await get()).toBe('# 0123456789\na 2\nb 1\n 200')
    expect(await get('-r', '2-5')).toBe('0123 206')
    expect(await get('-r', '-4')).toBe('b 1\n 206')
    expect(await get('-r', '13-')).toBe('a 2\nb 1\n 206')
    expect(await get('-r', '21-')).toMatch(/range-not-satisfiable.* 416$/s)
    // What is no range of octets is not looked at (RFC 9110 section 14.2).
    expect(await get('-H', 'Range: lines=1-2')).toMatch(/ 200$/)
    const header = await get('--head')
    expect(header).toMatch(/^content-length: 21\r$/im)
    const etag = /^etag: (.*)\r$/im.exec(header)?.[1] ?? ''
    expect(await get('-H', `If-None-Match: ${etag}`)).toBe(' 304')
    expect(await get('-r', '2-5', '-H', `If-Range: ${etag}`)).toBe('0123 206')
    expect(await get('-r', '2-5', '-H', 'If-Range: "another"')).toMatch(/ 200$/)
  })

  test('goes on with a download that was cut off (-C)', async () => {
    const { stdout: answer } = await post([], envelope(runTally()))
    const table = /<j:url>([^<]*table\.txt)<\/j:url>/.exec(answer)?.[1] ?? ''
    const part = join(site.folder, 'part')
    await writeFile(part, 'a 2')
    await curl(site, site.alice, ['-C', '-', '-o', part, table])
    expect(await output('cat', [part], {})).toBe('a 2\nb 1\n')
  })

  test('PUTs a promised file, once; the job starts when it is there', async () => {
    const { url, answer } = await submit('<t:texts><j:upload>true</j:upload></t:texts>')
    const place = /<j:upload>.*?<j:url>([^<]*)<\/j:url>/.exec(answer)?.[1] ?? ''
    const file = join(site.folder, 'upload.txt')
    await writeFile(file, 'c c c')
    const put = (...args: readonly string[]): Promise<Ran> =>
      curl(site, site.alice, [...args, '-w', ' %{http_code}', place])
    expect((await put('-X', 'POST', '--data-binary', 'x')).stdout).toMatch(/ (?:404|405|500)$/)
    expect((await put('-T', file)).stdout).toMatch(/"size": 5.* 201$/s)
    const waited = await post([], envelope('<j:waitFor><j:seconds>30</j:seconds></j:waitFor>'), url)
    expect(contentOf('state', waited.stdout)).toBe('Done')
    const results = await post([], envelope('<t:getResults/>'), url)
    expect(contentOf('total', results.stdout)).toBe('3')
    expect((await put('-T', file)).stdout).toMatch(/ 409$/)
  })

  test('is told in JSON what is wrong with an address', async () => {
    const { stdout } = await curl(site, site.alice, [`${site.url}/services/taly?wsdl`])
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'not-found', hint: 'Did you mean tally?' } })
    expect((await curl(site, site.alice, ['-X', 'DELETE', ...status, tally])).stdout).toMatch(/^405/)
    expect((await curl(site, site.alice, ['-X', 'OPTIONS', ...status, tally])).stdout).toMatch(/^(?:200|405)/)
  })
})

describe.skipIf(!needs('openssl'))('openssl s_client with a proxy', () => {
  test.each([
    ['-tls1_2', '1.1'],
    ['-tls1_3', '1.1'],
    ['-tls1_2', '1.0'],
  ])('writes HTTP by hand (%s, HTTP/%s)', async (tls, http) => {
    const issuers = join(site.folder, 'issuers.pem')
    const chain = site.alice.proxy.certificates.slice(1)
    await writeFile(issuers, chain.map(issuer => writePem('CERTIFICATE', issuer.der)).join(''))
    const args = ['-quiet', '-verify_return_error', '-CAfile', site.caFile, '-connect', `127.0.0.1:${site.port}`]
    const own = ['-cert', site.alice.proxyFile, '-key', site.alice.proxyFile, '-cert_chain', issuers]
    const alpn = tls === '-tls1_3' ? ['-alpn', 'http/1.1'] : []
    const body = envelope(runTally())
    const fields = { 'Content-Type': 'text/xml', 'Content-Length': String(body.length), Connection: 'close' }
    const input = head('POST', '/services/tally', fields).replace('HTTP/1.1', `HTTP/${http}`) + body
    const { stdout } = await run('openssl', ['s_client', ...args, ...own, ...alpn, tls], { input })
    expect(stdout).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
    expect(contentOf('total', stdout)).toBe('3')
  })
})

describe.skipIf(!needs('grid-proxy-init') || !needs('curl'))('proxies made by grid-proxy-init, used with curl', () => {
  test.each([
    ['full', ['-rfc']],
    ['limited', ['-rfc', '-limited']],
    ['of a proxy', ['-rfc', '-limited']],
  ])('%s', async (what, options) => {
    const proxyFile = join(site.folder, `globus-${what.replace(' ', '-')}.pem`)
    const { certFile, keyFile, proxyFile: ours } = site.alice
    const [cert, key] = what === 'of a proxy' ? [ours, ours] : [certFile, keyFile]
    const args = ['-q', '-cert', cert, '-key', key, '-out', proxyFile, '-bits', '2048', ...options]
    await output('grid-proxy-init', args, clientEnvironment(site))
    const user = { ...site.alice, proxyFile }
    const { stdout } = await curl(site, user, [`${site.url}/`])
    expect(JSON.parse(stdout)).toMatchObject({ identity: site.alice.dn })
    const answer = (await post([], envelope(runTally()), tally, user)).stdout
    expect(verdict(answer)).toBe('good')
    const mine = await post([], envelope('<j:getStatus/>'), contentOf('address', answer), site.alice)
    expect(contentOf('state', mine.stdout)).toBe('Done')
  })

  test.each([
    ['a legacy one', ['-old'], 'soap:Client credential-problem'],
    ['an independent one, which has no rights of its issuer,', ['-rfc', '-independent'], 'soap:Client denied'],
  ])('%s is refused, and the client is told which to make', async (_what, options, told) => {
    const proxyFile = join(site.folder, 'globus-refused.pem')
    const { certFile, keyFile } = site.alice
    const args = ['-q', '-cert', certFile, '-key', keyFile, '-out', proxyFile, '-bits', '2048', ...options]
    await output('grid-proxy-init', args, clientEnvironment(site))
    const { stdout } = await post([], envelope(runTally()), tally, { ...site.alice, proxyFile })
    expect([verdict(stdout), contentOf('hint', stdout)]).toEqual([told, expect.stringContaining('gridwrap proxy init')])
  })
})
