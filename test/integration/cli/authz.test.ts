import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { quoteName } from '../../../src/authz/gridmap-file.ts'
import { TestSite } from '../../support/site.ts'
import { json, type Ran, run } from './command.ts'

let site: TestSite
const explain = (...words: readonly string[]): Promise<Ran> =>
  run(['authz', 'explain', ...words], { env: site.environmentFor(), cwd: site.folder })

beforeAll(async () => {
  site = await TestSite.make({
    services: ['test/fixtures/interop/tally'],
    configuration: {
      authorize: '[{gridmap: ./grid-mapfile, services: [tally, talli]}, {policy: ./rules.cedar}, owner]',
    },
  })
  writeFileSync(
    join(site.folder, 'rules.cedar'),
    `@id("few") forbid(principal, action == Action::"service.submit", resource == Application::"tally")
       when { context has parameters && context.parameters.least > 5 };
     @id("misspelt") forbid(principal, action, resource == Application::"swrap")
       when { context has parameters && context.parameters has leest };`,
  )
  await site.startContainer()
})
afterAll(() => site[Symbol.asyncDispose]())

test('serve says at start which services of its configuration nobody offers, and --check says all of it', async () => {
  expect(site.log).toMatch(/service "talli", which is not registered here; did you mean "tally"\?/)
  const serve = (...words: readonly string[]): Promise<Ran> =>
    run(['serve', '--check', ...words], { env: site.environmentFor(), cwd: site.folder })
  const good = await serve()
  expect(good).toMatchObject({ code: 0, stdout: expect.stringMatching(/is good: .*CN=localhost, 1 description\./) })
  expect(good.stderr).toMatch(/an input "leest"/)
  const broken = join(site.folder, 'broken.yaml')
  const text = readFileSync(site.configurationFile, 'utf8')
  writeFileSync(join(site.folder, 'broken.cedar'), 'permit(principal, action == Action::"service.sumbit", resource);')
  writeFileSync(broken, text.replace('./rules.cedar', './broken.cedar'))
  expect(await serve('--config', broken)).toMatchObject({ code: 2, stderr: expect.stringMatching(/service.sumbit/) })
  writeFileSync(broken, text.replace('./hostkey.pem', './nokey.pem'))
  expect(await serve('--config', broken)).toMatchObject({ code: 3, stderr: expect.stringMatching(/nokey.pem/) })
})

const alice = (): string => site.alice.dn

describe('authz explain', () => {
  test('decides over inputs of their types, and over defaults', async () => {
    const few = await explain('--dn', alice(), '--service', 'tally', '--param', 'least=5')
    expect(few).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^PERMITTED {2}gridmap: .* lists the caller$/m),
    })
    const many = await explain('--dn', alice(), '--service', 'tally', '--param', 'least=6', '--json')
    expect(many.code).toBe(3)
    expect(json(many)).toMatchObject({ decision: 'deny', rule: 'policy: "few" forbids it', admitted: true })
    // Not given, it is 1: without its default the rule could not be decided, and would forbid.
    expect((await explain('--dn', alice(), '--service', 'tally')).code).toBe(0)
  })

  test('tells of names that nothing has, and of inputs that would be refused', async () => {
    const { stderr } = await explain('--dn', alice(), '--service', 'taly', '--param', 'x=1')
    expect(stderr).toMatch(/There is no service "taly" here; did you mean "tally"\?/)
    expect(stderr).toMatch(/service "talli", which is not registered here; did you mean "tally"\?/)
    expect(stderr).toMatch(/service "swrap", which is not registered here/)
    expect(stderr).toMatch(/an input "leest", which no registered application has; did you mean "least"\?/)
    const wrong = await explain('--dn', alice(), '--service', 'tally', '--param', 'leasd=1', '--param', 'least=many')
    expect(wrong.stderr).toMatch(/tally: leasd: .*did you mean least\?/)
    expect(wrong.stderr).toMatch(/tally: least: /)
  })

  test('judges a credential as the container would', async () => {
    const own = await explain('--credential', site.alice.proxyFile, '--service', 'tally')
    expect(own.code).toBe(0)
    const bob = await site.user('Bob', { listed: false })
    const denied = await explain('--credential', bob.proxyFile, '--service', 'tally')
    expect(denied).toMatchObject({ code: 3, stdout: expect.stringMatching(/not let in: no adapter knows the caller/) })
    const ca = await explain('--credential', site.caFile)
    expect(ca.code).not.toBe(0)
    expect(await explain('--service', 'tally')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/--credential/),
    })
    expect(await explain('--dn', 'Alice')).toMatchObject({ code: 2 })
  })

  test('says as which account programs would run', async () => {
    const file = join(site.folder, 'accounts.yaml')
    const accounts = join(site.folder, 'accounts')
    writeFileSync(accounts, `${quoteName(alice())} alice\n`)
    const text = readFileSync(site.configurationFile, 'utf8')
    writeFileSync(file, text.replace('run: {', `run: {accounts: [{gridmap: ${accounts}}], service-account: root, `))
    const words = ['--service', 'tally', '--config', file]
    // Asked with a store that is another account's, root would become that account: here there is none yet.
    writeFileSync(file, readFileSync(file, 'utf8').replace('data: ./data', 'data: ./none'))
    expect((await explain('--dn', alice(), ...words)).stdout).toMatch(/^ {2}account {2}alice$/m)
    expect(json(await explain('--dn', '/O=Test Grid/CN=Eve', ...words, '--json'))).toMatchObject({ account: null })
  })
})
