import type { Command } from 'commander'
import { fetchServiceData } from '../../client/service-data.ts'
import { GridwrapError } from '../../core/errors.ts'
import { findHandle } from '../history.ts'
import { findService } from '../service-address.ts'
import { openSession } from '../session.ts'
import { print } from '../terminal.ts'

export function addData(program: Command): void {
  program
    .command('data <target> [names...]')
    .description('service data (OGSI) of a service or a job: all of it, or by name')
    .option('--json', 'answer in JSON')
    .addHelpText('after', '\nExample:\n  gridwrap data last terminationTime state')
    .action(async (target: string, names: readonly string[], { json }: { readonly json?: boolean }) => {
      const url = await addressOf(target)
      using connection = openSession()
      const elements = await fetchServiceData(url, names, connection)
      print(
        json === true
          ? JSON.stringify(elements.map(({ name, value }) => ({ name, value })))
          : elements.map(one => `${one.name.padEnd(30)} ${one.text}`).join('\n'),
      )
    })
}

/** A job by what people call it, else a service. */
async function addressOf(target: string): Promise<string> {
  try {
    return await findHandle(target)
  } catch (error) {
    if (!(error instanceof GridwrapError)) throw error
    const found = await findService(target)
    if ('folder' in found) throw error
    return found.url
  }
}
