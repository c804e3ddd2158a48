import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { markdownTable } from '../../support/markdown-table.ts'
import { needs } from '../../support/peer.ts'
import { root, TestSite, type TestUser } from '../../support/site.ts'
import {
  clientEnvironment,
  fixture,
  hasGsoap,
  hasModule,
  hasPhpSoap,
  hasZeep,
  output,
  python,
} from './foreign-program.ts'

// Every operation of a service and of its jobs, from its WSDL, in every language: each program says the same.

let site: TestSite
let bob: TestUser
let env: Record<string, string> = {}
beforeAll(async () => {
  site = await TestSite.start({
    key: 'rsa',
    services: ['test/fixtures/interop/tally'],
    configuration: { staging: '{allow: 127.0.0.1}' },
  })
  bob = await site.user('Bob')
  await once(web.listen(0, '127.0.0.1'), 'listening')
  env = { ...clientEnvironment(site), PATH: process.env['PATH'] ?? '', PYTHONDONTWRITEBYTECODE: '1' }
})
afterAll(async () => {
  web.close()
  await site[Symbol.asyncDispose]()
})
/** Where one of the texts comes from that is given by its address. */
const web = createServer((_request, response) => response.end('a b a'))
const url = (): string => `http://127.0.0.1:${(web.address() as AddressInfo).port}/text`

const wsdl = (): string => `${site.url}/services/tally?wsdl`
const said = (bobs: string): object => ({
  run: [8, [3, 2, 1, 1, 1], '# words\nto 3\nbe 2\ndie 1\nnot 1\nor 1\n', 'Done'],
  fault: ['InvalidInput', 'least'],
  suspended: 'Suspended',
  resumed: 'Active',
  canceled: 'Canceled',
  done: 'Done',
  results: 2,
  output: ['2', false],
  extended: true,
  shared: [[bobs, 'control']],
  unshared: [],
  listed: ['Done', 'Canceled'],
  gone: ['NotFound'],
})

/** What each client has said; the table of docs/soap-clients.md is made of it. */
const told = new Map<string, Readonly<Record<string, unknown>>>()

/** Notes what a client has said, and demands that it is what all say. */
function expectAll(client: string, text: string): void {
  const all = JSON.parse(text) as { readonly listed?: readonly string[] }
  // The newest two only: each client leaves a job of its label behind.
  const own = { ...all, listed: all.listed?.slice(0, 2) }
  told.set(client, own)
  expect(own).toEqual(said(bob.dn))
}

test.skipIf(!hasZeep())('zeep', async () => {
  const text = await output(python, [fixture('python/tour.py'), wsdl(), bob.dn, url()], env)
  expectAll('zeep', text)
})

test.skipIf(!hasPhpSoap())('PHP', async () => {
  expectAll('PHP', await output('php', [fixture('php/tour.php'), wsdl(), bob.dn, url()], env))
})

test('npm soap', async () => {
  const text = await output(process.execPath, [fixture('javascript/tour.mjs'), wsdl(), bob.dn, url()], env)
  expectAll('npm soap', text)
})

test.skipIf(!hasModule('perl', ['-MSOAP::Lite', '-e', '1'], 'libsoap-lite-perl'))('SOAP::Lite', async () => {
  const text = await output('perl', [fixture('perl/tour.pl'), `${site.url}/services/tally`, bob.dn, url()], env)
  expectAll('SOAP::Lite', text)
})

/** A folder with the WSDL and the program, in which lines of a shell are run. */
async function workshop(name: string, program: string): Promise<(line: string) => Promise<string>> {
  const folder = join(site.folder, name)
  await mkdir(folder)
  await copyFile(fixture(program), join(folder, program.replace(/^.*[/]/, '')))
  using anybody = site.connect(null)
  await writeFile(join(folder, 'service.wsdl'), (await anybody.sendForText('GET', wsdl())).text)
  return line => output('sh', ['-ec', `cd ${folder}; ${line}`], env)
}

/** Java finds keys and authorities in stores of its own. */
async function javaStores(shell: (line: string) => Promise<string>): Promise<string> {
  await shell('openssl pkcs12 -export -in "$X509_USER_PROXY" -out proxy.p12 -passout pass:changeit')
  await shell('keytool -importcert -noprompt -alias ca -file "$CA_FILE" -keystore trust.p12 -storepass changeit 2>&1')
  const store = (name: string, file: string): string =>
    `-Djavax.net.ssl.${name}=${file} -Djavax.net.ssl.${name}Password=changeit`
  return `${store('keyStore', 'proxy.p12')} ${store('trustStore', 'trust.p12')}`
}

test.skipIf(!['wsimport', 'javac', 'keytool', 'openssl'].every(needs))('JAX-WS', async () => {
  const shell = await workshop('jaxws', 'java/Tour.java')
  const stores = await javaStores(shell)
  await shell('wsimport -quiet -keep -p client service.wsdl')
  await shell('CLASSPATH=.:/usr/share/java/jaxws-rt.jar javac -encoding UTF-8 Tour.java')
  const text = await shell(
    `CLASSPATH=.:/usr/share/java/jaxws-rt.jar java ${stores} Tour service.wsdl "${bob.dn}" ${url()}`,
  )
  expectAll('JAX-WS', text)
})

const axisJars = ['axis', 'axis-jaxrpc', 'axis-saaj', 'commons-logging', 'commons-discovery', 'wsdl4j'].map(
  name => `/usr/share/java/${name}.jar`,
)
const hasAxis = (): boolean =>
  ['javac', 'keytool', 'openssl'].every(needs) && (axisJars.every(jar => existsSync(jar)) || needs('libaxis-java'))

test.skipIf(!hasAxis())('Axis 1.4', async () => {
  const shell = await workshop('axis', 'java/AxisTour.java')
  const stores = await javaStores(shell)
  const path = `export CLASSPATH=.:${axisJars.join(':')}`
  await shell(`${path}; java org.apache.axis.wsdl.WSDL2Java -p client -o . service.wsdl`)
  await shell(`${path}; javac -nowarn -encoding UTF-8 AxisTour.java 2>&1`)
  const text = await shell(`${path}; java ${stores} AxisTour ${site.url}/services/tally "${bob.dn}" ${url()}`)
  expectAll('Axis 1.4', text)
})

test.skipIf(!hasGsoap())('gSOAP', async () => {
  const shell = await workshop('gsoap', 'c/tour.c')
  await shell('wsdl2h -c -o service.h service.wsdl 2>&1')
  await shell('soapcpp2 -c -C -L -x -w -I/usr/share/gsoap/import service.h')
  await shell('gcc -w -DWITH_OPENSSL -o tour tour.c soapC.c soapClient.c -lgsoapssl -lssl -lcrypto')
  expectAll('gSOAP', await shell(`./tour ${site.url}/services/tally "${bob.dn}" ${url()}`))
})

const columns: Readonly<Record<string, string>> = {
  run: 'run, typed',
  fault: 'fault by its type',
  suspended: 'submit, suspend',
  resumed: 'resume',
  canceled: 'cancel, waitFor',
  done: 'file by URL',
  results: 'getResults',
  output: 'getOutput',
  extended: 'extend',
  shared: 'share',
  unshared: 'unshare',
  listed: 'listInstances',
  gone: 'destroy',
}

test('docs/soap-clients.md has what they said', async () => {
  const expected = said(bob.dn) as Readonly<Record<string, unknown>>
  const file = join(root, 'docs/soap-clients.md')
  const text = await readFile(file, 'utf8')
  const block = /(?:^[|].*[|]\n)+/m.exec(text)?.[0] ?? ''
  const rows = new Map(
    [...block.matchAll(/^[|] ([^|]*?) +[|](.*)[|]$/gm)].map(([, client = '', cells = '']) => [client, cells]),
  )
  for (const [client, own] of told) {
    const cells = Object.keys(columns).map(key => (isDeepStrictEqual(own[key], expected[key]) ? 'yes' : '**no**'))
    rows.set(client, ` ${cells.join(' | ')} `)
  }
  const head = ['', ...Object.values(columns)]
  const clients = [...rows].filter(([client]) => client !== '' && !client.startsWith('-'))
  const table = markdownTable([
    head,
    ...clients.map(([client, cells]) => [client, ...cells.split('|').map(one => one.trim())]),
  ])
  const written = text.replace(block, () => `${table.join('\n')}\n`)
  if (process.env['UPDATE_DOCS'] !== undefined) await writeFile(file, written)
  expect(text).toBe(written)
})
