import { existsSync } from 'node:fs'
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { listen } from 'soap'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { PlainConnection } from '../../../src/client/plain-connection.ts'
import { type ConnectOptions, ServiceProxy } from '../../../src/client/service-proxy.ts'
import { missing, needs } from '../../support/peer.ts'
import { fixture, hasGsoap, hasModule, hasPhpSoap, output, python } from '../container/foreign-program.ts'
import { ForeignServer } from './foreign-server.ts'

// Services that others wrote, with the SOAP of others, called by their WSDL alone.

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'foreign-services-'))
})
afterAll(() => rm(folder, { recursive: true }))

const connection = new PlainConnection()
afterAll(() => connection[Symbol.dispose]())
const connect = (wsdl: string, options?: ConnectOptions): Promise<ServiceProxy> =>
  ServiceProxy.connect(wsdl, connection, options)

const beyond = 9_007_199_254_740_993n

describe.skipIf(!hasModule(python, ['-c', 'import spyne, lxml'], 'python3-spyne')).each(['1.1', '1.2'] as const)(
  'spyne, document/literal, SOAP %s',
  soap => {
    let server: ForeignServer
    let genes: ServiceProxy
    beforeAll(async () => {
      server = await ForeignServer.printing(python, [fixture('services/python/genes.py'), soap])
      genes = await connect(`${server.url}/?wsdl`)
    })
    afterAll(() => server[Symbol.asyncDispose]())

    test('64-bit integers are exact', async () => {
      expect(await genes.call('add', { a: beyond, b: 2 })).toEqual({ addResult: beyond + 2n })
    })

    test('structures of another namespace, dates, enumerations, arrays', async () => {
      const found = new Date('2020-01-02T03:04:05.000Z')
      const gene = { name: 'abc', strand: 'forward', start: beyond, found, exons: { integer: [1n, 2n, 3n] } }
      expect(await genes.call('mirror', { gene })).toEqual({
        mirrorResult: { ...gene, strand: 'reverse', exons: { integer: [3n, 2n, 1n] } },
      })
      expect(await genes.call('shout', { word: ['a', 'b'] })).toEqual({ shoutResult: { string: ['A', 'B'] } })
    })

    test('what the service refuses, and what never gets there', async () => {
      await expect(genes.call('refuse', { why: 'no' })).rejects.toMatchObject({
        bySender: true,
        message: expect.stringMatching(/refused: no/),
      })
      const wrong = { gene: { name: 'abc', strand: 'foward' } }
      await expect(genes.call('mirror', wrong)).rejects.toMatchObject({
        code: 'invalid-input',
        detail: { problem: [{ input: 'gene.strand', rule: expect.stringContaining('did you mean forward?') }] },
      })
      await expect(genes.call('mirrro', {})).rejects.toMatchObject({
        code: 'unknown-operation',
        hint: expect.stringContaining('Did you mean mirror?'),
      })
    })
  },
)

describe.skipIf(!hasPhpSoap())('PHP, rpc/encoded', () => {
  let server: ForeignServer
  beforeAll(async () => {
    server = await ForeignServer.told('php', ['-S', '127.0.0.1:{port}', fixture('services/php/stock.php')], folder)
  })
  afterAll(() => server[Symbol.asyncDispose]())

  const item = [
    { name: 'a', count: 2, price: 3.5 },
    { name: 'b', count: 1, price: 1.25 },
    { name: 'c', count: 1, price: 2 },
  ]

  test('arrays of structures, and a value of any type', async () => {
    const stock = await connect(`${server.url}/`)
    expect(await stock.call('total', { items: { item }, rate: 2 })).toEqual({ total: 20.5 })
    expect(await stock.call('cheapest', { items: { item } })).toEqual({ items: { item: [item[1], item[2]] } })
    expect(await stock.call('types', { what: 'x', flag: true })).toEqual({ types: 'string boolean' })
    await expect(stock.call('total', { items: { item }, rate: -2 })).rejects.toMatchObject({
      bySender: true,
      message: expect.stringMatching(/a rate of -2 is none[\s\S]*least/),
    })
  })
})

const axisJars = ['axis', 'axis-jaxrpc', 'axis-saaj', 'wsdl4j', 'commons-logging', 'commons-discovery'].map(
  name => `/usr/share/java/${name}.jar`,
)
const hasAxis = (): boolean =>
  ['java', 'javac'].every(needs) &&
  (axisJars.every(existsSync) || missing('Apache Axis is not installed (libaxis-java), and a test needs it.'))

describe.skipIf(!hasAxis())('Axis 1.4, rpc/encoded', () => {
  let server: ForeignServer
  let names: ServiceProxy
  beforeAll(async () => {
    const source = fixture('services/java/Names.java')
    // Axis reads the names of parameters out of classes, of the Java of its time.
    const old = ['--release', '8', '-nowarn', '-XDstringConcat=inline', '-g']
    const where = await mkdtemp(join(folder, 'axis-'))
    await output('javac', [...old, '-d', where, source], {})
    await copyFile(fixture('services/java/server-config.wsdd'), join(where, 'server-config.wsdd'))
    const main = 'org.apache.axis.transport.http.SimpleAxisServer'
    server = await ForeignServer.told('java', ['-cp', ['.', ...axisJars].join(':'), main, '-p', '{port}'], where)
    const endpoint = `${server.url}/axis/services/Names`
    // The WSDL has the name of the machine, which need not mean anything.
    names = await connect(`${endpoint}?wsdl`, { endpoint })
  })
  afterAll(() => server[Symbol.asyncDispose]())

  const person = { name: 'Ada', number: beyond, titles: { item: ['a', 'b'] } }

  test('structures with arrays in them, and nothing', async () => {
    expect(await names.call('next', { person })).toEqual({ nextReturn: { ...person, number: beyond + 1n } })
    const nobody = { name: null, number: 1, titles: null }
    expect(await names.call('next', { person: nobody })).toEqual({ nextReturn: { ...nobody, number: 2n } })
    expect(await names.call('sum', { values: { item: [1, 2, beyond] } })).toEqual({ sumReturn: beyond + 3n })
  })

  test('what occurs twice is sent once, and stands in both places', async () => {
    expect(await names.call('twins', { person })).toEqual({ twinsReturn: { item: [person, person] } })
  })

  test('faults', async () => {
    await expect(names.call('refuse', { why: 'none' })).rejects.toMatchObject({
      bySender: false,
      message: expect.stringContaining('refused: none'),
    })
  })
})

describe.skipIf(!hasGsoap()).each(['encoded', 'literal'])('gSOAP, rpc/%s', encoding => {
  let server: ForeignServer
  let names: ServiceProxy
  beforeAll(async () => {
    const where = await mkdtemp(join(folder, 'gsoap-'))
    const header = await readFile(fixture('services/c/names.h'), 'utf8')
    await writeFile(join(where, 'names.h'), header.replace('encoding: encoded', `encoding: ${encoding}`))
    await output('soapcpp2', ['-S', '-c', '-d', where, join(where, 'names.h')], {})
    const sources = [fixture('services/c/names.c'), join(where, 'soapC.c'), join(where, 'soapServer.c')]
    const program = join(where, 'names')
    await output('gcc', ['-I', where, '-o', program, ...sources, '-lgsoap'], {})
    server = await ForeignServer.printing(program, [], where)
    names = await connect(`${server.url}/`, { endpoint: server.url })
  }, 120_000)
  afterAll(() => server[Symbol.asyncDispose]())

  test('structures, arrays, faults', async () => {
    const person = { name: 'Ada', number: beyond }
    expect(await names.call('next', { person })).toEqual({ result: { ...person, number: beyond + 1n } })
    const { total } = await names.call<{ total: unknown }>('sum', { values: { item: [1, 2] } })
    // In its literal WSDL gSOAP names an element that it does not describe: the answer is then as it came.
    expect(total).toEqual(encoding === 'encoded' ? 3n : expect.objectContaining({ local: 'total', children: ['3'] }))
    await expect(names.call('refuse', { why: 'none' })).rejects.toMatchObject({
      bySender: true,
      message: expect.stringContaining('none'),
    })
  })
})

describe('npm soap, with a WSDL in three files', () => {
  let server: Server | undefined
  afterEach(() => server?.close())

  test('imports are followed; a one-way call returns when it is taken', async () => {
    const taken: unknown[] = []
    const documents: Record<string, string> = {}
    server = createServer((request, response) => {
      const text = documents[request.url ?? '']
      response.writeHead(text === undefined ? 404 : 200, { 'Content-Type': 'text/xml' }).end(text)
    })
    await new Promise<void>(resolve => server?.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const whole = await readFile(fixture('services/note/note.wsdl'), 'utf8')
    const types = await readFile(fixture('services/note/note.xsd'), 'utf8')
    documents['/parts/note.xsd'] = types
    documents['/parts/note.wsdl'] = whole.replace(
      /<wsdl:types>[\s\S]*<\/wsdl:types>/,
      '<wsdl:types><xsd:schema><xsd:import namespace="urn:note" schemaLocation="note.xsd"/></xsd:schema></wsdl:types>',
    )
    documents['/note?wsdl=1'] =
      '<definitions xmlns="http://schemas.xmlsoap.org/wsdl/"><import namespace="urn:note" location="parts/note.wsdl"/></definitions>'
    const service = {
      tell: ({ text }: { text: string }) => ({ length: text.length }),
      forget: (given: unknown) => void taken.push(given),
    }
    const inOne = whole.replace('SCHEMA', types.replace(/^<\?xml.*\?>/, ''))
    listen(server, '/note', { Note: { NotePort: service } }, inOne)
    const note = await connect(`${url}/note?wsdl=1`, { endpoint: `${url}/note` })
    expect(note.operations().map(({ operation }) => operation.name)).toEqual(['tell', 'forget'])
    expect(await note.call('tell', { text: 'four' })).toEqual({ length: 4 })
    expect(await note.call('forget', { text: 'it' })).toBeUndefined()
    expect(taken).toEqual([{ text: 'it' }])
  })
})
