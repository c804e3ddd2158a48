import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newId } from '../../../src/core/ids.ts'
import { TestSite, type TestUser } from '../../support/site.ts'
import { contentOf, envelope, runTally } from './messages.ts'
import { post, request } from './raw-connection.ts'

let site: TestSite
let bob: TestUser
/** An instance of Alice, whose program made the links passwd → /etc/passwd and etc → /etc. */
let id = ''
beforeAll(async () => {
  site = await TestSite.start({ services: ['test/fixtures/interop/tally'] })
  bob = await site.user('Bob')
  const ran = await post(site, '/services/tally', envelope(runTally('<t:ending>linked</t:ending>')))
  id = contentOf('id', ran?.body ?? '') ?? ''
})
afterAll(() => site[Symbol.asyncDispose]())

describe('paths of files', () => {
  test('what is there can be had', async () => {
    const answer = await request(site, 'GET', `/instances/${id}/files/table.txt`)
    expect(answer).toMatchObject({ status: 200, body: 'a 2\nb 1\n' })
  })

  test.each([
    'passwd',
    'etc/passwd',
    './etc/passwd',
    '../control/wrapper',
    '..%2fcontrol',
    '%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd',
    '..%2f..%2f..%2f..%2f..%2fetc%2fpasswd',
    '%2e%2e%2fcontrol%2f1%2fstdout',
    '..%5c..%5cetc%5cpasswd',
    '%2fetc%2fpasswd',
    '/etc/passwd',
    '//etc/passwd',
    'table.txt%00.png',
    'table.txt%00',
    'table.txt%0a',
    'table.txt/',
    'table.txt/.',
    'table.txt/..',
    'a%2f..%2ftable.txt',
    '%c0%ae%c0%ae/etc/passwd',
    '%252e%252e/etc/passwd',
    '%ff',
    '.',
    '..',
    '',
    'proc/self/environ',
    `${'a/'.repeat(3000)}b`,
    'n'.repeat(300),
    'stdout/../../../../etc/passwd',
    'etc',
  ])('%s', async path => {
    for (const method of ['GET', 'PUT']) {
      const answer = await request(
        site,
        method,
        `/instances/${id}/files/${path}`,
        method === 'PUT' ? { body: 'x' } : {},
      )
      expect([400, 403, 404, 405, 409]).toContain(answer?.status)
      expect(answer?.body).not.toMatch(/root:|PATH=|hello/)
    }
  })

  test.each(['../../etc/passwd', '/etc/passwd', 'passwd', '__proto__', ''])(
    'getOutput takes no path: %s',
    async name => {
      const ask = envelope(`<j:getOutput><j:output>${name}</j:output></j:getOutput>`)
      const answer = await post(site, `/instances/${id}`, ask)
      expect(contentOf('code', answer?.body ?? '')).toBe('invalid-message')
    },
  )

  test.each(['../../etc/passwd', '/etc/passwd', '-rf', 'a\u0000b', '.'])(
    'a name that a caller gives a file: %j',
    async name => {
      const file = `<t:texts><j:name>${name}</j:name><j:text>a</j:text></t:texts>`
      const answer = await post(site, '/services/tally', envelope(`<t:run>${file}</t:run>`))
      // It is told apart from the program's own names, or refused; it is never a path.
      expect(['counted', 'refused']).toContain(contentOf('total', answer?.body ?? '') === '1' ? 'counted' : 'refused')
      expect(answer?.body).not.toContain('root:')
    },
  )
})

describe('somebody else’s instance', () => {
  const asks: readonly (readonly [string, string, string | undefined])[] = [
    ['POST', '', envelope('<j:getStatus/>')],
    ['POST', '', envelope('<t:getResults/>')],
    ['POST', '', envelope('<j:cancel/>')],
    ['POST', '', envelope('<j:destroy/>')],
    ['POST', '', envelope('<t:start><t:nonsense/></t:start>')],
    ['POST', '', envelope('<j:noSuchOperation/>')],
    ['POST', '', envelope('<j:getStatus/>', { version: '1.2' })],
    ['POST', '', envelope('<ogsi:destroy/>')],
    ['GET', '', undefined],
    ['GET', '?wsdl', undefined],
    ['GET', '?wsdl=nonsense', undefined],
    ['GET', '/files/stdout', undefined],
    ['GET', '/files/nothing', undefined],
    ['HEAD', '/files/stdout', undefined],
    ['PUT', '/files/texts-0001', 'x'],
    ['DELETE', '', undefined],
  ]
  test.each(asks)('%s %s answers as one that never was (%#)', async (method, rest, body) => {
    const never = newId()
    const ask = async (instance: string): Promise<string | undefined> => {
      const headers = { 'Content-Type': 'text/xml', Connection: 'close' }
      const answer = await request(site, method, `/instances/${instance}${rest}`, {
        ...{ user: bob, headers },
        ...(body === undefined ? {} : { body }),
      })
      return answer?.text
        .replaceAll(instance, 'ID')
        .replace(/^Date: .*$/m, 'Date: now')
        .replace(/timestamp>[^<]*</, 'timestamp>now<')
    }
    const theirs = await ask(id)
    expect(theirs).toBe(await ask(never))
    expect(theirs).toMatch(method === 'DELETE' ? / 405 / : / (?:404|500|400) /)
  })

  test('nor does a list, or a page, tell of it', async () => {
    const list = await post(site, '/services/tally', envelope('<t:listInstances/>'), {}, bob)
    expect(list?.body).not.toContain(id)
    expect((await post(site, '/services/tally', envelope('<t:listInstances/>')))?.body).toContain(id)
  })

  test('and its owner still has it', async () => {
    const answer = await post(site, `/instances/${id}`, envelope('<j:getStatus/>'))
    expect(contentOf('state', answer?.body ?? '')).toBe('Done')
  })
})
