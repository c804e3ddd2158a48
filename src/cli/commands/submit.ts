import type { Command } from 'commander'
import { ServiceProxy } from '../../client/service-proxy.ts'
import { createJob } from '../job-client.ts'
import { findService } from '../service-address.ts'
import { openSession } from '../session.ts'
import { print, UsageError } from '../terminal.ts'
import { type JobFlags, jobOptions, withJobFlags } from './job-options.ts'

export function addSubmit(program: Command): void {
  withJobFlags(program.command('submit <service> [inputs...]'))
    .description('start a program and return at once with the handle of the job')
    .addHelpText(
      'after',
      '\nExample:\n  gridwrap submit newstar first=services/newstar/first.pgm second=services/newstar/second.pgm --label mine && gridwrap wait mine && gridwrap results mine --out result',
    )
    .action(async (service: string, inputs: readonly string[], flags: JobFlags) => {
      const found = await findService(service)
      if ('folder' in found)
        throw new UsageError(
          `${service} is a folder: run it here with "gridwrap run", or register it with a container first.`,
        )
      using connection = openSession(flags.delegate)
      const job = await createJob(await ServiceProxy.open(found.url, connection), inputs, jobOptions(flags), connection)
      print(flags.json === true ? JSON.stringify(job) : job.handle)
    })
}
