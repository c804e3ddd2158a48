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
      await announce(registry.replace(/\/+$/, ''), flags)
      while (flags.keep === true) {
        // In time, also when one round fails.
        await delay((flags.for * 1000) / 3, stop.signal).catch(() => undefined)
        if (stop.signal.aborted) return
        await announce(registry, { ...flags, json: false }).catch(reportError)
      }
    })
}

/** One round: what is offered here is there, until then, and nothing else that is ours. */
async function announce(registry: string, { for: lifetime, json, keep }: Flags): Promise<void> {
  using connection = openSession()
  const own = containerUrl()
  const [here, there] = await Promise.all([
    readRegistry(`${own}/registry`, connection),
    readRegistry(registry, connection),
  ])
  const offered = here.filter(one => one.by === undefined)
  const me = ownName()
  const mine = new Map(there.filter(one => one.by === me).map(one => [one.address, one]))
  const until = new Date(wallClock() + lifetime * 1000)
  for (const service of offered) {
    const { entry, what } = await announceOne(registry, service, mine.get(service.address), until, connection)
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
}

async function announceOne(
  registry: string,
  { name, title, address }: RegistryEntry,
  known: RegistryEntry | undefined,
  until: Date,
  connection: HttpsConnection,
): Promise<{ readonly entry: string; readonly what: 'added' | 'renewed' }> {
  if (known !== undefined) {
    const renewed = await prolong(known.entry, until, connection).catch(unlessGone)
    if (renewed !== undefined) return { entry: known.entry, what: 'renewed' }
  }
  const locator = await resolveHandle(address, `${new URL(address).origin}/resolver`, connection)
  const about = { name, address, ...(title === undefined ? {} : { title }) }
  return { entry: await addToRegistry(registry, locator, about, until, connection), what: 'added' }
}

/** Under which name this container offers what it has. */
const originOf = ([first]: readonly RegistryEntry[], own: string): string =>
  first === undefined ? own : new URL(first.address).origin

/** It may have run out meanwhile. */
function unlessGone(error: unknown): undefined {
  if (error instanceof GridwrapError && error.code === 'not-found') return undefined
  throw error
}
