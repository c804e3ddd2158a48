import type { JobRef } from '../src/factory/job-status.ts'
import type { Credential } from '../src/gsi/credential.ts'
import { createProxy } from '../src/gsi/proxy.ts'
import { applicationOperations, jobOperations } from '../src/wsdl/names.ts'
import { inALine, shares } from './profile.ts'
import { atPath, bodyBytes, getRequest, soapRequest } from './requests.ts'
import type { Row } from './row.ts'
import type { Load, Stand } from './stand.ts'

/** One request that is measured in one or more ways; `path` is where the bare server has its answer. */
interface Call {
  readonly path: string
  readonly request: string
  readonly status: number
}

/** Rows 1 to 3: calls that start nothing. Also starts the bare server, with answers as long as the container's. */
export async function requestRows(stand: Stand): Promise<readonly Row[]> {
  const { site, connection } = stand
  const { alice } = site
  const nothing = await site.service('nothing', connection)
  const { job } = await nothing.call<{ job: JobRef }>('submit', {})
  await nothing.call('waitFor', { seconds: 60 }, job.handle)
  const status: Call = {
    path: '/status',
    request: soapRequest(new URL(job.handle).pathname, nothing.contract, jobOperations.getStatus, {}),
    status: 200,
  }
  const typed: Call = { path: '/typed', request: await typedRequest(stand), status: 500 }
  const health: Call = { path: '/health', request: getRequest('/health'), status: 200 }
  const calls = [status, typed, health]
  const answers = await Promise.all(
    calls.map(async call => {
      const { length } = await stand.container({
        ...call,
        credential: alice.proxy,
        count: 1,
        inFlight: 1,
        fresh: false,
      })
      return [call.path, { status: call.status, length }] as const
    }),
  )
  await stand.startBare(Object.fromEntries(answers))
  const three = await createProxy(alice.proxy)
  const kept = { credential: alice.proxy, fresh: false }
  const fresh = { credential: three, fresh: true }
  return [
    row(stand, status, 'getStatus, 16 connections', { ...kept, inFlight: 16, count: 3000 }),
    row(stand, status, 'getStatus, 1 connection', { ...kept, inFlight: 1, count: 1500 }),
    row(stand, typed, `submit refused, ${bodyBytes(typed.request)} bytes, 16 connections`, {
      ...kept,
      inFlight: 16,
      count: 2000,
    }),
    row(stand, health, 'new connection, GET /health, 8 at once', { ...fresh, inFlight: 8, count: 100 }),
    row(stand, status, 'new connection, getStatus, 8 at once', { ...fresh, inFlight: 8, count: 100 }),
  ]
}

/** About 2 KB that are decoded to the last byte, pass every check of their own, and break the rule that comes after. */
async function typedRequest({ site, connection }: Stand): Promise<string> {
  const { contract } = await site.service('typed', connection)
  const parameters = {
    title: 'A request of the usual size',
    mode: 'thorough',
    steps: 250_000n,
    cut: 12.5,
    weights: Array.from({ length: 30 }, (_, i) => i / 8),
    counts: Array.from({ length: 30 }, (_, i) => BigInt(i * 37)),
    left: 'both of these',
    right: 'cannot be given',
  }
  return soapRequest('/services/typed', contract, applicationOperations('typed').submit, parameters)
}

function row(
  stand: Stand,
  { path, ...call }: Call,
  name: string,
  how: { readonly credential: Credential; readonly fresh: boolean; readonly inFlight: number; readonly count: number },
): Row {
  const load = (count: number): Load => ({ ...call, ...how, count })
  const bare = atPath(call.request, path)
  return {
    name,
    count: how.count,
    gridwrap: { name: 'gridwrap', measure: count => stand.container(load(count)) },
    beside: [{ name: 'bare node:https', measure: count => stand.bare({ ...load(count), request: bare }) }],
    where: async () =>
      inALine(shares(await stand.profile('front-end', () => stand.container(load(how.count))), 'charged')),
  }
}
