import { once } from 'node:events'
import { cp, readFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type RegistryEntry, readRegistry } from '../../../src/client/registry.ts'
import { waitFor } from '../../faults/persistently.ts'
import { TestSite } from '../../support/site.ts'
import { lineOf, run, start } from './command.ts'
import { greet } from './described.ts'

let site: TestSite
let index: TestSite
beforeAll(async () => {
  site = await TestSite.start({ descriptions: { greet, farewell: greet.replace('name: greet', 'name: farewell') } })
  index = await TestSite.make()
  for (const file of ['certificates', 'hostcert.pem', 'hostkey.pem'])
    await cp(join(site.folder, file), join(index.folder, file), { recursive: true })
  await index.startContainer()
})
afterAll(async () => {
  await site[Symbol.asyncDispose]()
  await index[Symbol.asyncDispose]()
})

const listed = async (): Promise<readonly RegistryEntry[]> => {
  using connection = site.connect()
  return await readRegistry(`${index.url}/registry`, connection)
}
const options = () => ({ env: site.environmentFor(), cwd: site.folder })

test('what a container offers is found in the registry of another one, once, until then', async () => {
  const registry = `${index.url}/registry`
  const first = await run(['announce', registry, '--for', '1h'], options())
  expect(first).toMatchObject({ code: 0, stdout: expect.stringMatching(/^added {4}farewell .*\nadded {4}greet /m) })
  const second = await run(['announce', `${registry}/`, '--for', '2h'], options())
  expect(second).toMatchObject({ code: 0, stdout: expect.stringMatching(/^renewed {2}greet /m) })
  const entries = await listed()
  expect(entries.map(({ address }) => address).sort()).toEqual([
    `${site.url}/services/farewell`,
    `${site.url}/services/greet`,
  ])
  for (const { until, by, title } of entries) {
    expect(by).toBe(site.alice.dn)
    expect(title).toBe('Says hello')
    expect(Date.parse(until ?? '')).toBeGreaterThan(Date.now() + 3_600_000)
  }
})

test('what is not offered any more is taken away, and what is new is added, while it is kept', async () => {
  const child = start(['announce', `${index.url}/registry`, '--for', '3s', '--keep'], options())
  const ended = once(child, 'exit')
  await run(['unregister', 'farewell'], options())
  await waitFor('it is taken away', async () => (await listed()).length === 1)
  await run(['register', 'services/farewell'], options())
  await lineOf(child.stdout, /^added +farewell/)
  // Longer than an entry lasts by itself.
  await waitFor('it is renewed', async () => {
    const entries = await listed()
    return entries.length === 2 && entries.every(({ until }) => Date.parse(until ?? '') > Date.now() + 1500)
  })
  child.kill('SIGINT')
  expect((await ended)[0]).toBe(0)
})

test('what cannot be announced is told', async () => {
  const [none, elsewhere, lined] = await Promise.all([
    run(['announce', 'index.example.org'], options()),
    run(['announce', `${index.url}/services`], options()),
    run(['announce', `${index.url}/registry`, '--json'], options()),
  ])
  expect(none).toMatchObject({ code: 2, stderr: expect.stringContaining('no address of a registry') })
  expect(elsewhere.code).toBe(4)
  const lines = lined.stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as object)
  expect(lines).toContainEqual(expect.objectContaining({ service: 'greet', address: `${site.url}/services/greet` }))
})

test('a registry that names what is not its own gets nothing done with one’s credential', async () => {
  const own = (await run(['submit', 'greet', 'who=Ada'], options())).stdout.trim()
  const [cert, key] = await Promise.all(['hostcert.pem', 'hostkey.pem'].map(file => readFile(join(site.folder, file))))
  const entries = [{ name: 'gone', address: `${site.url}/services/gone`, by: site.alice.dn, entry: own }]
  const server = createServer({ cert, key }, (_request, response) =>
    response.setHeader('Content-Type', 'application/json').end(JSON.stringify({ entries })),
  )
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const ran = await run(['announce', `https://localhost:${port}/registry`], options())
  server.close()
  server.closeAllConnections()
  expect(ran).toMatchObject({ code: 2, stderr: expect.stringContaining('names entries elsewhere') })
  expect((await run(['status', own], options())).code).toBe(0)
})
