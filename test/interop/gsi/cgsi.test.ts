import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { missing, needs } from '../../support/peer.ts'
import { TestSite } from '../../support/site.ts'
import { fixture, output } from '../container/foreign-program.ts'

const holder = `
gridwrap: 1
name: holder
title: Says whose credential it got
command: sh holder.sh
files:
  - holder.sh: openssl x509 -noout -subject -nameopt RFC2253 -in "$X509_USER_PROXY"
outputs:
  said: stdout
  holder: {type: string, from: said, match: '^subject=(.*)$'}
credential: limited
`

const hasCgsi =
  needs('wsdl2h') &&
  needs('gcc') &&
  (existsSync('/usr/include/cgsi_plugin.h') ||
    missing('libcgsi-gsoap-dev is not installed, and a test needs it; see CONTRIBUTING.md.'))

describe.skipIf(!hasCgsi)('CGSI, the security plug-in of grid middleware in C', () => {
  let site: TestSite
  let program: string
  let env: Record<string, string>

  beforeAll(async () => {
    site = await TestSite.start({ descriptions: { holder }, key: 'rsa' })
    env = { ...site.environmentFor(), GLOBUS_HOSTNAME: 'localhost' }
    const folder = join(site.folder, 'cgsi')
    await mkdir(folder)
    using anybody = site.connect(null)
    const contract = join(folder, 'holder.wsdl')
    await writeFile(contract, (await anybody.sendForText('GET', `${site.url}/services/holder?wsdl`)).text)
    await output('wsdl2h', ['-c', '-o', `${folder}/service.h`, contract], env)
    const stub = ['-c', '-C', '-L', '-x', '-w', '-I/usr/share/gsoap/import', '-d', folder, `${folder}/service.h`]
    await output('soapcpp2', stub, env)
    program = join(folder, 'delegate')
    const sources = [fixture('c/delegate.c'), `${folder}/soapC.c`, `${folder}/soapClient.c`]
    await output('gcc', ['-w', `-I${folder}`, '-o', program, ...sources, '-lcgsi_plugin', '-lgsoap'], env)
  })
  afterAll(() => site[Symbol.asyncDispose]())

  const call = async (scheme: string, flags: number): Promise<readonly string[]> =>
    (await output(program, [`${scheme}://localhost:${site.port}/services/holder`, String(flags)], env))
      .trim()
      .split('\n')

  test('delegates, and the program gets a proxy of its own; the connection is used again', async () => {
    const subjects = await call('httpg', 4)
    expect(subjects).toHaveLength(2)
    for (const subject of subjects) expect(subject).toMatch(/^CN=\d+,CN=\d+,CN=\d+,CN=Alice,O=Test Grid$/)
  })

  test.each([
    ['without delegation', 'httpg', 0],
    ['by https, with the flag of a Globus context all the same', 'https', 0],
    ['in plain TLS', 'https', 8],
  ] as const)('calls %s', async (_how, scheme, flags) => {
    expect(await call(scheme, flags)).toHaveLength(2)
  })
})
