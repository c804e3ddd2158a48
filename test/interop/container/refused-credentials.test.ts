import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createAuthority } from '../../../src/gsi/authority.ts'
import { installAuthority } from '../../../src/gsi/install-authority.ts'
import { createProxy } from '../../../src/gsi/proxy.ts'
import { needs } from '../../support/peer.ts'
import { TestSite, type TestUser } from '../../support/site.ts'
import { clientEnvironment, curl, hasZeep, output, runPython } from './foreign-program.ts'
import { contentOf, envelope, verdict } from './messages.ts'
import { head, type RawAnswer, RawConnection } from './raw-connection.ts'

let site: TestSite
let tally = ''
beforeAll(async () => {
  site = await TestSite.start({ key: 'rsa', services: ['test/fixtures/interop/tally'] })
  tally = `${site.url}/services/tally`
})
afterAll(() => site[Symbol.asyncDispose]())

const list = envelope('<t:listInstances/>')
/** A harmless call on a connection that stays. */
async function call(connection: RawConnection): Promise<RawAnswer | undefined> {
  const fields = { 'Content-Type': 'text/xml', 'Content-Length': String(list.length) }
  connection.write(head('POST', '/services/tally', fields), list)
  return connection.answer()
}
const told = (answer: RawAnswer | undefined): readonly (string | undefined)[] => {
  const text = answer?.body ?? ''
  return [verdict(text), contentOf('kind', text)]
}
const write = async (user: TestUser): Promise<TestUser> => {
  const proxyFile = join(site.folder, 'refused.pem')
  await writeFile(proxyFile, user.proxy.toPem(), { mode: 0o600 })
  return { ...user, proxyFile }
}

describe('on a connection that stays', () => {
  test('a proxy that expires meanwhile', async () => {
    const proxy = await createProxy(site.alice.credential, { hours: 3 / 3600 })
    using connection = await RawConnection.open(site, { ...site.alice, proxy })
    expect(told(await call(connection))).toEqual(['good', undefined])
    await expect
      .poll(async () => told(await call(connection)), { timeout: 20_000 })
      .toEqual(['soap:Client credential-problem', 'expired'])
  })

  test('a user who is revoked meanwhile: the new list counts without a restart', async () => {
    const mallory = await site.user('Mallory')
    using connection = await RawConnection.open(site, mallory)
    using other = await RawConnection.open(site)
    expect(told(await call(connection))).toEqual(['good', undefined])
    site.authority.revoke(mallory.credential.certificates[0])
    await installAuthority(site.trust, site.authority.certificate, { crl: site.authority.crl() })
    await expect
      .poll(async () => told(await call(connection)), { timeout: 20_000 })
      .toEqual(['soap:Client credential-problem', 'revoked'])
    expect(told(await call(other))).toEqual(['good', undefined])
  })

  test('a user who is taken out of the grid-mapfile: refused from the next call on', async () => {
    const bob = await site.user('Bob')
    const file = join(site.folder, 'grid-mapfile')
    const before = await readFile(file, 'utf8')
    using connection = await RawConnection.open(site, bob)
    expect(told(await call(connection))).toEqual(['good', undefined])
    await writeFile(
      file,
      before
        .split('\n')
        .filter(line => !line.includes(bob.dn))
        .join('\n'),
    )
    const refused = await call(connection)
    expect(told(refused)).toEqual(['soap:Client denied', undefined])
    expect(contentOf('identity', refused?.body ?? '')).toBe(bob.dn)
    await writeFile(file, before)
    expect(told(await call(connection))).toEqual(['good', undefined])
  })
})

describe.skipIf(!needs('curl'))('as curl sees it', () => {
  const soap = async (user: TestUser | null): Promise<string> =>
    (
      await curl(
        site,
        user,
        ['-H', 'Content-Type: text/xml', '--data-binary', '@-', '-w', ' %{http_code}', tally],
        list,
      )
    ).stdout
  const page = async (user: TestUser | null): Promise<string> =>
    (await curl(site, user, ['-w', ' %{http_code}', `${site.url}/`])).stdout

  test('no certificate', async () => {
    expect([verdict(await soap(null)), contentOf('kind', await soap(null))]).toEqual([
      'soap:Client credential-problem',
      'missing',
    ])
    expect(await page(null)).toMatch(/gridwrap proxy init.* 401$/s)
  })

  test('an expired proxy', async () => {
    const proxy = await createProxy(site.alice.credential, { hours: 1 / 3600 })
    const user = await write({ ...site.alice, proxy })
    await expect.poll(async () => contentOf('kind', await soap(user)), { timeout: 20_000 }).toBe('expired')
    expect(await page(user)).toMatch(/expired.* 401$/s)
  })

  test('an authority that nobody trusts, with the name of one that is', async () => {
    const impostor = await createAuthority({ dn: site.authority.certificate.subject.slash, key: 'ec' })
    const credential = await impostor.issueUser({ dn: site.alice.dn, key: 'ec' })
    const user = await write({ ...site.alice, credential, proxy: await createProxy(credential) })
    const answer = await soap(user)
    expect(verdict(answer)).toBe('soap:Client credential-problem')
    expect(contentOf('message', answer)).not.toMatch(/\/tmp\//)
    expect(await page(user)).toMatch(/ 401$/)
  })

  test('another authority', async () => {
    const stranger = await createAuthority({ dn: '/O=Elsewhere/CN=CA', key: 'ec' })
    const credential = await stranger.issueUser({ dn: '/O=Elsewhere/CN=Zoe', key: 'ec' })
    const user = await write({ ...site.alice, credential, proxy: await createProxy(credential) })
    expect(contentOf('kind', await soap(user))).toMatch(/unknown|untrusted|issuer/)
  })

  test('somebody who is not in the grid-mapfile', async () => {
    const eve = await site.user('Eve', { listed: false })
    const answer = await soap(eve)
    expect([verdict(answer), contentOf('identity', answer)]).toEqual(['soap:Client denied', eve.dn])
    expect(await page(eve)).toMatch(/Eve is not known to this container.*ask the administrator.* 403$/s)
  })

  test.skipIf(!needs('grid-proxy-init'))('a proxy whose maker has been revoked', async () => {
    const carol = await site.user('Carol')
    const proxyFile = join(site.folder, 'carol-globus.pem')
    const args = ['-q', '-rfc', '-cert', carol.certFile, '-key', carol.keyFile, '-out', proxyFile, '-bits', '2048']
    await output('grid-proxy-init', args, clientEnvironment(site))
    expect(verdict(await soap({ ...carol, proxyFile }))).toBe('good')
    site.authority.revoke(carol.credential.certificates[0])
    await installAuthority(site.trust, site.authority.certificate, { crl: site.authority.crl() })
    await expect
      .poll(async () => contentOf('kind', await soap({ ...carol, proxyFile })), { timeout: 20_000 })
      .toBe('revoked')
  })
})

test.skipIf(!hasZeep())('zeep gets them as typed faults', async () => {
  const eve = await site.user('Eve', { listed: false })
  const refused = await runPython('refused.py', [`${tally}?wsdl`], clientEnvironment(site, eve))
  expect(refused).toMatchObject({ fault: 'Denied', code: 'denied', identity: eve.dn })
})
