import type { Command } from 'commander'
import { plainError } from '../../client/remote-fault.ts'
import { ServiceProxy } from '../../client/service-proxy.ts'
import { containerUrl } from '../service-address.ts'
import { openSession } from '../session.ts'
import { print, say } from '../terminal.ts'

interface Flags {
  readonly json?: boolean
}

interface Held {
  readonly id?: string
  readonly role?: string
  readonly kind: string
  readonly expires: string
}

/** What callers delegated to a container: seen, and taken back. */
export function addDelegation(program: Command): void {
  const delegation = program
    .command('delegation')
    .description('credentials of yours that the container holds for your jobs')
    .addHelpText(
      'after',
      '\nExample:\n  gridwrap delegation list\n\nTo delegate: gridwrap run NAME --delegate limited (or full).',
    )
  delegation
    .command('list')
    .description('what it holds, and until when; the newest first')
    .option('--json', 'answer in JSON')
    .addHelpText('after', '\nExample:\n  gridwrap delegation list')
    .action(async ({ json }: Flags) => {
      const { delegations } = await ask<{ readonly delegations: readonly Held[] }>('GET')
      if (json === true) print(JSON.stringify(delegations))
      else if (delegations.length === 0) say('It holds none.')
      for (const { id = 'with a connection', role = '', kind, expires } of json === true ? [] : delegations)
        print(`${kind.padEnd(8)} until ${expires}  ${id}${role === '' ? '' : `  as ${role}`}`)
    })
  delegation
    .command('destroy [id]')
    .description('take one back, or all of them; programs that run keep the proxy that they have until it expires')
    .option('--json', 'answer in JSON')
    .addHelpText('after', '\nExamples:\n  gridwrap delegation destroy\n  gridwrap delegation destroy 4f1c2a')
    .action(async (id: string | undefined, { json }: Flags) => {
      const { destroyed } = id === undefined ? await ask<{ readonly destroyed: number }>('DELETE') : await drop(id)
      if (json === true) print(JSON.stringify({ destroyed }))
      else say(destroyed === 0 ? 'It held none.' : 'The container holds them no longer.')
    })
}

async function ask<T>(method: 'GET' | 'DELETE'): Promise<T> {
  using connection = openSession()
  const url = `${containerUrl()}/delegation`
  const { status, text } = await connection.sendForText(method, url, { Accept: 'application/json' })
  if (status !== 200) throw plainError(status, text, url)
  return JSON.parse(text) as T
}

/** By its name, in the role in which one calls: GridSite's own operation. */
async function drop(id: string): Promise<{ readonly destroyed: number }> {
  using connection = openSession()
  const proxy = await ServiceProxy.open(`${containerUrl()}/delegation`, connection)
  await proxy.call('destroy', { delegationID: id })
  return { destroyed: 1 }
}
