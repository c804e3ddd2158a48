import type { Command } from 'commander'
import type { HttpsConnection } from '../../client/https-connection.ts'
import { prolong, unsubscribe } from '../../client/notification/subscribe.ts'
import { addToRegistry, type RegistryEntry, readRegistry } from '../../client/registry.ts'
import { resolveHandle } from '../../client/resolve-handle.ts'
import { wallClock } from '../../core/clock.ts'
import { delay } from '../../core/deadline.ts'
import { GridwrapError } from '../../core/errors.ts'
import { seconds } from '../option-values.ts'
import { containerUrl } from '../service-address.ts'
import { openSession, ownName } from '../session.ts'
import { print, reportError, say, UsageError } from '../terminal.ts'

interface Flags {
  readonly for: number
  readonly keep?: boolean
  readonly json?: boolean
}

const dayS = 86_400
const leastPauseMs = 1000
const mostPauseMs = dayS * 1000

export function addAnnounce(program: Command): void {
  program
    .command('announce <registry>')
    .summary('register the services of your container at the registry of another')
    .description(
      'register the services of your container (GRIDWRAP_URL) at the registry of another one, so that they are found there; what is there already is renewed',
    )
    .option('--for <time>', 'how long the entries last (default: 1d)', seconds, dayS)
    .option('--keep', 'go on until Ctrl-C: renew them in time, add what is new, take away what is not offered any more')
    .option('--json', 'an entry a line, in JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  gridwrap announce https://index.example.org:8443/registry\n' +
        '  gridwrap announce https://index.example.org:8443/registry --for 6h --keep      # as a service of the system',
    )
    .action(async (registry: string, flags: Flags) => {
      if (!/^https:\/\//i.test(registry))
        throw new UsageError(`${registry} is no address of a registry: https://HOST/registry`)
      const stop = new AbortController()
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort())
      const address = registry.replace(/\/+$/, '')
      let soonest = await announce(address, flags)
      while (flags.keep === true) {
        // In time, also when one round fails.
        const pauseMs = Math.min(Math.max((soonest - wallClock()) / 3, leastPauseMs), mostPauseMs)
        await delay(pauseMs, stop.signal).catch(() => undefined)
        if (stop.signal.aborted) return
        soonest = await announce(address, { ...flags, json: false }).catch((error: unknown) => {
          reportError(error)
          return soonest
        })
      }
    })
}

/** One round: what is offered here is there, until then, and nothing else that is ours. Resolves with when the first entry ends. */
async function announce(registry: string, { for: lifetime, json, keep }: Flags): Promise<number> {
  using connection = openSession()
  const own = containerUrl()
  const [here, there] = await Promise.all([
    readRegistry(`${own}/registry`, connection),
    readRegistry(registry, connection),
  ])
  const offered = here.filter(one => one.by === undefined)
  const me = ownName()
  const said = there.filter(one => one.by === me)
  const mine = new Map(said.filter(one => isEntryOf(registry, one.entry)).map(one => [one.address, one]))
  if (mine.size < said.length)
    throw new UsageError(
      `${registry} names entries elsewhere, which nobody touches on its word: ${said.find(one => !isEntryOf(registry, one.entry))?.entry ?? ''}. If that is another name of it, announce there.`,
    )
  const wanted = new Date(wallClock() + lifetime * 1000)
  let soonest = wanted.getTime()
  for (const service of offered) {
    const known = mine.get(service.address)
    const { entry, what, until } = await announceOne(registry, service, known, wanted, connection)
    soonest = Math.min(soonest, until.getTime())
    if (json === true) print(JSON.stringify({ service: service.name, address: service.address, entry, until, what }))
    else if (keep !== true || what === 'added')
      print(`${what.padEnd(8)} ${service.name}  ${entry}  until ${until.toISOString()}`)
  }
  const addresses = new Set(offered.map(one => one.address))
  // Of this container only: the same person may speak for others, too.
  for (const [address, { entry, name }] of mine)
    if (address.startsWith(`${originOf(offered, own)}/`) && !addresses.has(address)) {
      await unsubscribe(entry, connection).catch(unlessGone)
      say(`${name} is not offered any more: its entry is taken away.`)
    }
  return soonest
}

/** What a registry says it has is believed only of itself: with one's credential other things could be ended. */
const isEntryOf = (registry: string, entry: string): boolean =>
  entry.startsWith(`${registry}/`) && /^[a-z0-9]+$/.test(entry.slice(registry.length + 1))

async function announceOne(
  registry: string,
  { name, title, address }: RegistryEntry,
  known: RegistryEntry | undefined,
  wanted: Date,
  connection: HttpsConnection,
): Promise<{ readonly entry: string; readonly what: 'added' | 'renewed'; readonly until: Date }> {
  if (known !== undefined) {
    const renewed = await prolong(known.entry, wanted, connection).catch(unlessGone)
    if (renewed !== undefined) return { entry: known.entry, what: 'renewed', until: renewed }
  }
  const locator = await resolveHandle(address, `${new URL(address).origin}/resolver`, connection)
  const about = { name, address, ...(title === undefined ? {} : { title }) }
  const { entry, until = wanted } = await addToRegistry(registry, locator, about, wanted, connection)
  return { entry, what: 'added', until }
}

/** Under which name this container offers what it has. */
const originOf = ([first]: readonly RegistryEntry[], own: string): string =>
  first === undefined ? own : new URL(first.address).origin

/** It may have run out meanwhile. */
function unlessGone(error: unknown): undefined {
  if (error instanceof GridwrapError && error.code === 'not-found') return undefined
  throw error
}
