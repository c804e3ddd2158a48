import type { Command } from 'commander'
import { ServiceProxy } from '../../client/service-proxy.ts'
import { GridwrapError } from '../../core/errors.ts'
import { jsonOf } from '../../web/json.ts'
import { createJob, hasEnded, sayUndelivered, undelivered, waitForEnd } from '../job-client.ts'
import { makeOutFolder } from '../make-folder.ts'
import { seconds } from '../option-values.ts'
import { findService, isFolderHere } from '../service-address.ts'
import { openSession } from '../session.ts'
import { type Results, showResults } from '../show-results.ts'
import { exitCodes, print, say, UsageError } from '../terminal.ts'
import { type JobFlags, jobOptions, withJobFlags } from './job-options.ts'

interface RunFlags extends JobFlags {
  readonly out?: string
  readonly wait?: number
}

export function addRun(program: Command): void {
  withJobFlags(program.command('run <service> [inputs...]'))
    .description(
      'run a program and fetch its results. SERVICE: a name, an address, or ./folder (here and now, without a server)',
    )
    .option('-o, --out <folder>', 'put the output files here')
    .option('--wait <time>', 'give up waiting after this time; the job goes on', seconds)
    .addHelpText(
      'after',
      `
Inputs are name=value. Files: name=FILE (or name=@FILE), name=text:THE TEXT, or name=URL, which the container fetches
(gsiftp, https, http, ftp). Lists: repeat the name.

Examples:
  gridwrap run ./services/newstar first=services/newstar/first.pgm second=services/newstar/second.pgm --out result
  gridwrap run newstar first=services/newstar/first.pgm second=services/newstar/second.pgm --out result
  gridwrap run --delegate limited needle a=gsiftp://data.example.org/a.fasta b=b.fasta --deliver alignment=gsiftp://data.example.org/out/`,
    )
    .action(async (service: string, inputs: readonly string[], flags: RunFlags) => {
      const found = await findService(service)
      if ('folder' in found) {
        // Loaded here because it is large, and calls to a container need none of it.
        const { runHere } = await import('../local-run.ts')
        return runHere(found.folder, inputs, flags)
      }
      try {
        await runThere(found.url, inputs, flags)
      } catch (error) {
        if (error instanceof GridwrapError && error.code === 'not-found' && (await isFolderHere(service)))
          say(`There is a folder ${service} here: gridwrap run ./${service} … runs that, without a container.`)
        throw error
      }
    })
}

async function runThere(url: string, inputs: readonly string[], flags: RunFlags): Promise<void> {
  // Before the program runs: after an hour is a bad time to find that there is nowhere to put its results.
  await using _out = await makeOutFolder(flags.out)
  using connection = openSession(flags.delegate)
  const proxy = await ServiceProxy.open(url, connection)
  if (!proxy.operations().some(one => one.operation.name === 'run'))
    throw new UsageError(
      'This service is a session, which does not end by itself: open it with "gridwrap submit", then "gridwrap evaluate" or "gridwrap call".',
    )
  const job = await createJob(proxy, inputs, jobOptions(flags), connection)
  const name = job.id.slice(0, 8)
  process.once('SIGINT', () => {
    say(
      `\nThe job goes on. gridwrap wait ${name} waits for it, gridwrap results ${name} fetches its results, gridwrap cancel ${name} ends it.`,
    )
    process.exit(exitCodes.interrupted)
  })
  say(`Job ${job.handle}`)
  const status = await waitForEnd(proxy, job.handle, flags.wait)
  const failed = undelivered(status)
  if (!hasEnded(status) && failed.length === 0) {
    say(`The job goes on: gridwrap wait ${name} waits for it, gridwrap results ${name} fetches its results later.`)
    if (flags.json === true) print(jsonOf({ status }))
    process.exitCode = exitCodes.temporary
    return
  }
  const { results } = await proxy.call<{ results: Results }>('getResults', {}, job.handle)
  await showResults(results, flags, connection)
  if (failed.length === 0) return
  sayUndelivered(failed, name)
  process.exitCode = exitCodes.temporary
}
