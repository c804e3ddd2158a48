import { execFile, spawnSync } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { applicationContract } from '../../../src/wsdl/contract.ts'
import { contractNames } from '../../../src/wsdl/contract-names.ts'
import { decodeElement } from '../../../src/wsdl/decoder.ts'
import { writeGwsdl } from '../../../src/wsdl/gwsdl-writer.ts'
import { OGSI } from '../../../src/wsdl/names.ts'
import { writeOgsiWsdl, writeWsdl } from '../../../src/wsdl/wsdl-writer.ts'
import { parseXml } from '../../../src/xml/xml-reader.ts'
import { needs } from '../../support/peer.ts'
import { sample } from '../../unit/wsdl/sample-application.ts'

const run = promisify(execFile)
const contract = applicationContract(sample)
const { factory, job } = contractNames(sample.name)
const addresses = {
  address: 'https://grid.example.org/services/gap-fill',
  instanceAddress: 'https://grid.example.org/instances/-',
}
const generic = [
  'getStatus',
  'waitFor',
  'getOutput',
  'suspend',
  'resume',
  'cancel',
  'extend',
  'share',
  'unshare',
  'destroy',
]
const typed = ['run', 'submit', 'listInstances', ...generic, 'getResults', 'start'].sort()
const gridService = [
  'findServiceData',
  'setServiceData',
  'requestTerminationAfter',
  'requestTerminationBefore',
  'destroy',
]

const documents = [
  { name: 'typed', text: writeWsdl(contract, { ...addresses, soap: '1.1' }), operations: typed },
  { name: 'typed-soap12', text: writeWsdl(contract, { ...addresses, soap: '1.2' }), operations: typed },
  {
    name: 'ogsi-factory',
    text: writeOgsiWsdl(contract, { portType: factory.portType, address: addresses.address, soap: '1.1' }),
    operations: [...gridService, 'createService'].sort(),
  },
  {
    name: 'ogsi-job',
    text: writeOgsiWsdl(contract, { portType: job.portType, address: addresses.instanceAddress, soap: '1.1' }),
    operations: [...gridService, 'subscribe'].sort(),
  },
]

let folder = ''
const fileOf = (name: string): string => join(folder, `${name}.wsdl`)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gridwrap-stubs-'))
  for (const { name, text } of documents) await writeFile(fileOf(name), text)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const lines = (text: string): string[] =>
  text
    .split('\n')
    .filter(line => line !== '')
    .sort()

/** Debian's zeep belongs to Debian's Python. */
const zeepProgram = `
import sys, zeep
for service in zeep.Client(sys.argv[1]).wsdl.services.values():
    for port in service.ports.values():
        for name, operation in port.binding._operations.items():
            operation.input.signature(); operation.output.signature()
            print(name)
`
const zeepCall = `
import sys, zeep
client = zeep.Client(sys.argv[1])
file = {'text': 'ACGT'}
message = client.create_message(client.service, 'run', a=file, images=[file, {'upload': True}], steps=7, run='three_d', options={'label': 'x'})
from lxml import etree
print(etree.tostring(message[0] if message.tag.endswith('Body') else message.find('{*}Body')[0]).decode())
`

/** Zeep is no program, so it is asked for by its module. */
const hasZeep = (): boolean =>
  needs('python3') && (spawnSync('/usr/bin/python3', ['-c', 'import zeep']).status === 0 || needs('python3-zeep'))

describe.skipIf(!hasZeep())('zeep', () => {
  test.each(documents)('lists the operations of $name', async ({ name, operations }) => {
    const { stdout } = await run('/usr/bin/python3', ['-c', zeepProgram, fileOf(name)])
    expect(lines(stdout)).toEqual(operations)
  })

  test('writes a request that the decoder takes', async () => {
    const { stdout } = await run('/usr/bin/python3', ['-c', zeepCall, fileOf('typed')])
    const { value, problems } = decodeElement(contract, parseXml(stdout))
    expect(problems).toEqual([])
    expect(value).toMatchObject({ steps: 7n, run: 'three_d', images: [{ text: 'ACGT' }, { upload: true }] })
  })
})

const phpProgram = `
ini_set('soap.wsdl_cache_enabled', '0');
foreach ((new SoapClient($argv[1]))->__getFunctions() as $one) echo preg_replace('/^\\w+ (\\w+)\\(.*$/', '$1', $one), "\\n";
`

describe.skipIf(!needs('php'))('PHP', () => {
  test.each(documents)('lists the operations of $name', async ({ name, operations }) => {
    const { stdout } = await run('php', ['-r', phpProgram, fileOf(name)])
    expect(lines(stdout)).toEqual(operations)
  })
})

describe.skipIf(!['wsdl2h', 'soapcpp2', 'gcc'].every(needs))('gSOAP', () => {
  test.each(documents)('builds a C client of $name', async ({ name, operations }) => {
    const own = await mkdtemp(join(folder, 'gsoap-'))
    const at = { cwd: own }
    await run('wsdl2h', ['-c', '-o', 'service.h', fileOf(name)], at)
    await run('soapcpp2', ['-c', '-C', '-L', '-x', '-w', '-I/usr/share/gsoap/import', 'service.h'], at)
    await run('gcc', ['-c', '-w', '-fsyntax-only', 'soapClient.c', 'soapC.c'], at)
    const header = await readFile(join(own, 'soapStub.h'), 'utf8')
    const names = [...header.matchAll(/ soap_call___\w+?__(\w+)\(/g)].map(match => match[1] ?? '')
    expect([...new Set(names)].sort()).toEqual(operations)
  })

  test('reads the GWSDL', async () => {
    const own = await mkdtemp(join(folder, 'gwsdl-'))
    await writeFile(join(own, 'ogsi.gwsdl'), writeGwsdl(contract, { namespace: OGSI, location: other => other }))
    await run('wsdl2h', ['-c', '-o', 'ogsi.h', 'ogsi.gwsdl'], { cwd: own })
    expect(await readdir(own)).toContain('ogsi.h')
  })
})
