import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { GridwrapError } from '../../src/core/errors.ts'
import type { HostPort } from '../../src/gridftp/protocol/host-port.ts'
import type { Access } from '../../src/transfer/access.ts'
import { copyFile } from '../../src/transfer/copy-file.ts'
import { Endpoints } from '../../src/transfer/endpoints.ts'
import { parseLocation } from '../../src/transfer/location.ts'
import { transferFault } from '../../src/transfer/transfer-fault.ts'
import { DataSite } from '../support/data-site.ts'
import { type Accident, type Fault, FaultyNetwork, seeded } from '../support/faulty-network.ts'
import type { GlobusServer } from '../support/globus-servers.ts'
import { needs } from '../support/peer.ts'

const count = Number(process.env['FAULTY_TRANSFERS'] ?? 300)
const seed = Number(process.env['FAULTY_SEED'] ?? Date.now() % 1_000_000)

/** Accidents that end by themselves, so that what is tried again has a chance: about one in so many connections. */
const oneIn = 3
const faults: readonly Fault[] = ['drop', 'drop', 'truncate', 'truncate', 'corrupt', 'corrupt', 'stall']

describe.skipIf(!needs('globus-gridftp-server'))(`a network with accidents (FAULTY_SEED=${seed})`, () => {
  let site: DataSite
  let servers: readonly GlobusServer[]
  beforeAll(async () => {
    site = await DataSite.make()
    servers = [await site.server(), await site.server()]
    for (const name of ['one', 'two', 'here']) mkdirSync(site.remote(name))
  })
  afterAll(() => {
    for (const server of servers) server[Symbol.dispose]()
    site[Symbol.dispose]()
  })

  test(`${count} transfers end identical or with an error that says why`, { timeout: 600_000 }, async () => {
    const random = seeded(seed)
    const reasons: string[] = []
    const ended = { identical: 0, failed: 0, accidents: 0, retries: 0 }
    const one = async (index: number): Promise<void> => {
      const size = Math.floor(random() * 3_000_000)
      const bytes = randomBytes(size)
      const accident = (): Accident | undefined =>
        random() * oneIn > 1
          ? undefined
          : {
              fault: faults[Math.floor(random() * faults.length)] ?? 'drop',
              // Handshakes and dialogs take some thousands of bytes; some accidents happen in them.
              afterBytes: Math.floor(random() ** 2 * 1_500_000),
            }
      using network = new FaultyNetwork(accident)
      const [portOne, portTwo] = [
        await network.before(servers[0]?.port ?? 0),
        await network.before(servers[1]?.port ?? 0),
      ]
      const translate = async ({ port }: HostPort): Promise<HostPort> => ({
        host: '127.0.0.1',
        port: await network.before(port),
      })
      const access: Access = {
        credential: () => site.proxy,
        trust: () => site.trust,
        connectTimeoutMs: 4000,
        idleTimeoutMs: 4000,
        gridftp: {
          streams: [1, 4][Math.floor(random() * 2)] ?? 1,
          protection: random() < 0.3 ? 'private' : 'clear',
          translate,
        },
      }
      const places = {
        get: [`gsiftp://localhost:${portOne}${site.remote(`one/${index}`)}`, site.remote(`here/${index}`)],
        put: [site.remote(`one/${index}`), `gsiftp://localhost:${portOne}${site.remote(`here/${index}`)}`],
        third: [
          `gsiftp://localhost:${portOne}${site.remote(`one/${index}`)}`,
          `gsiftp://localhost:${portTwo}${site.remote(`here/${index}`)}`,
        ],
      } as const
      const [from, to] = Object.values(places)[Math.floor(random() * 3)] ?? places.get
      writeFileSync(site.remote(`one/${index}`), bytes)
      await using endpoints = new Endpoints(access)
      try {
        const { verified } = await copyFile(endpoints, parseLocation(from), parseLocation(to), {
          verify: 'required',
          retry: { attempts: 6, firstDelayMs: 20 },
          listener: {
            onRetry: () => {
              ended.retries++
            },
          },
        })
        expect(verified).toMatchObject({ name: 'SHA256' })
        // What was called right is right.
        expect(readFileSync(site.remote(`here/${index}`)).equals(bytes)).toBe(true)
        ended.identical++
      } catch (error) {
        const told = transferFault(error, 'the server')
        if (!(told instanceof GridwrapError)) throw error
        expect(told.message.length).toBeGreaterThan(20)
        ended.failed++
        reasons.push(told.message)
      }
      ended.accidents += network.accidents
      rmSync(site.remote(`one/${index}`), { force: true })
      rmSync(site.remote(`here/${index}`), { force: true })
    }
    const left = Array.from({ length: count }, (_, index) => index)
    const work = async (): Promise<void> => {
      for (let index = left.shift(); index !== undefined; index = left.shift()) await one(index)
    }
    await Promise.all(Array.from({ length: 8 }, work))
    console.log(JSON.stringify(ended), reasons.join('\n'))
    expect(ended.identical + ended.failed).toBe(count)
    expect(ended.accidents).toBeGreaterThan(count / 4)
    // Accidents are no excuse: whoever goes on comes to an end, nearly always.
    expect(ended.identical).toBeGreaterThan(count * 0.9)
  })
})
