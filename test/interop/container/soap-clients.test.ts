import { mkdir, writeFile } from 'node:fs/promises'
import { Agent } from 'node:https'
import { join } from 'node:path'
import { ClientSSLSecurity, createClientAsync } from 'soap'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { needs } from '../../support/peer.ts'
import { root, TestSite } from '../../support/site.ts'
import { clientEnvironment, fixture, hasGsoap, hasPhpSoap, hasZeep, output, runPython } from './foreign-program.ts'

let site: TestSite
let tally = ''
let env: Record<string, string> = {}

beforeAll(async () => {
  site = await TestSite.start({ key: 'rsa', services: ['services/needle', 'test/fixtures/interop/tally'] })
  tally = `${site.url}/services/tally`
  env = clientEnvironment(site)
})
afterAll(() => site[Symbol.asyncDispose]())

const problems = [
  { input: 'least', value: '0', rule: expect.stringContaining('1 to 1000') },
  { input: 'pause', value: '99.5', rule: expect.stringContaining('0 to 60') },
]

describe.skipIf(!hasZeep())('zeep', () => {
  test.each(['?wsdl', '?wsdl12'])('calls run, typed (%s)', async query => {
    const texts = ['to be or not to be', 'to die']
    expect(await runPython('call.py', [tally + query, ...texts], env)).toEqual({
      total: 5,
      counts: [3, 2],
      table: '# words\nto 3\nbe 2\n',
      state: 'Done',
      command: 'sh tally.sh -p 0 -e good -l 1 -o 2 -h words -w "to be" texts-0001 texts-0002',
    })
  })

  test('submits, and reaches the job through the second port of the same WSDL', async () => {
    expect(await runPython('job.py', [`${tally}?wsdl`], env)).toEqual({
      state: 'Done',
      label: 'from zeep',
      kept: expect.closeTo(3600, 0),
      part: '2\nnot',
      ends: [false, true],
      total: 6,
      listed: ['from zeep'],
    })
  })

  test.each([
    ['?wsdl', 'Client', 'Server'],
    ['?wsdl12', 'Sender', 'Receiver'],
  ])('gets declared faults by their type (%s)', async (query, theirs, ours) => {
    const status = (fields: object): unknown => expect.objectContaining(fields)
    expect(await runPython('faults.py', [tally + query], env)).toMatchObject({
      invalid: { fault: 'InvalidInput', party: theirs, code: 'invalid-input', problem: problems },
      refused: {
        ...{ fault: 'JobFailed', party: theirs, cause: 'input' },
        status: status({ state: 'Failed', exitCode: 3 }),
        stderrTail: 'refused: this text is not to be counted\n',
      },
      broken: { fault: 'JobFailed', party: ours, cause: 'program', status: status({ exitCode: 70 }) },
      late: { fault: 'StillRunning', party: ours, status: { job: { handle: expect.stringContaining('/instances/') } } },
    })
  })

  test('lives through a Grid service instance with the operations of OGSI', async () => {
    expect(await runPython('ogsi.py', [tally], env)).toEqual({
      before: 'Unsubmitted',
      after: ['Done', 'Done'],
      incomplete: ['InvalidInput'],
      handle: true,
      shortened: true,
      unknown: ['targetInvalidFault', 'BadRequest'],
      gone: ['serviceHasTerminatedFault', 'NotFound'],
      goneTyped: ['NotFound'],
    })
  })

  test.skipIf(!needs('needle'))('aligns two globins with EMBOSS needle', async () => {
    const files = ['hba', 'hbb'].map(name => join(root, `services/needle/${name}.fasta`))
    const aligned = await runPython('align.py', [`${site.url}/services/needle?wsdl`, ...files], env)
    expect(aligned).toEqual({ score: 278, identity: 64, length: 149 })
  })
})

describe.skipIf(!hasPhpSoap())('PHP SoapClient', () => {
  test('calls run with content, lists of one, optional inputs; reads fault details; follows a job', async () => {
    const said: unknown = JSON.parse(await output('php', [fixture('php/call.php'), `${tally}?wsdl`], env))
    expect(said).toEqual({
      total: 8,
      counts: [3, 2, 1, 1, 1],
      table: '# words\nto 3\nbe 2\ndie 1\nnot 1\nor 1\n',
      one: [[2], 'from PHP', 'be 2\n'],
      invalid: { code: 'soap:Client', problem: problems },
      failed: { code: 'soap:Server', exitCode: '70', stderr: 'cannot go on\n' },
      later: ['Done', [1]],
    })
  })
})

describe.skipIf(!hasGsoap())('gSOAP', () => {
  test.each([
    ['wsdl', 'SOAP 1.1', 'Client'],
    ['wsdl12', 'SOAP 1.2', 'Sender'],
  ])('builds a C client from ?%s that calls run', async (query, version, party) => {
    const folder = join(site.folder, `gsoap-${query}`)
    const contract = join(folder, 'tally.wsdl')
    await mkdir(folder)
    using anybody = site.connect(null)
    await writeFile(contract, (await anybody.sendForText('GET', `${tally}?${query}`)).text)
    await output('wsdl2h', ['-c', '-o', `${folder}/service.h`, contract], env)
    const stub = ['-c', '-C', '-L', '-x', '-w', '-I/usr/share/gsoap/import', '-d', folder, `${folder}/service.h`]
    await output('soapcpp2', stub, env)
    const sources = [fixture('c/call.c'), `${folder}/soapC.c`, `${folder}/soapClient.c`]
    const libraries = ['-lgsoapssl', '-lssl', '-lcrypto']
    await output('gcc', ['-w', '-DWITH_OPENSSL', `-I${folder}`, '-o', `${folder}/call`, ...sources, ...libraries], env)
    expect(await output(`${folder}/call`, [tally], env)).toBe(
      `${version}: total 8, counts 3 2 1 1 1, 27 bytes, exit code 0\n` +
        `SOAP-ENV:${party}: least = 0 must be a whole number from 1 to 1000\n`,
    )
  })
})

describe('npm soap', () => {
  test('calls run, and shows a fault as an error', async () => {
    const ca = Buffer.from(String(site.authority.credential.toTls().cert))
    const proxy = Buffer.from(site.alice.proxy.toPem())
    const client = await createClientAsync(`${tally}?wsdl`, { wsdl_options: { httpsAgent: new Agent({ ca }) } })
    client.setSecurity(new ClientSSLSecurity(proxy, proxy, ca, {}))
    const run = client['runAsync'] as (inputs: object) => Promise<readonly unknown[]>
    const [answer] = await run({ texts: [{ text: 'a b a' }], words: ['a'], heading: 'a & b' })
    expect(answer).toMatchObject({
      results: { total: 2, counts: [2], status: { state: 'Done' }, table: { content: 'IyBhICYgYgphIDIK' } },
    })
    await expect(run({ texts: [{ text: 'a' }], least: 0 })).rejects.toThrow(/soap:Client: tally: least = "0"/)
  })
})
