import type { Command } from 'commander'
import { watchJob } from '../../client/watch-job.ts'
import { findHandle } from '../history.ts'
import { openSession } from '../session.ts'
import { exitCodes, print } from '../terminal.ts'

/** An event as the container tells it: Event of wsdl/job.xsd. */
interface JobEvent {
  readonly sequence: number
  readonly at: string
  readonly kind: string
  readonly state?: string
  readonly percent?: number
  readonly message?: string
}

interface WatchFlags {
  readonly json?: boolean
  readonly after?: string
  readonly follow?: boolean
}

const over: ReadonlySet<string> = new Set(['Done', 'Failed', 'Canceled'])

export function addWatch(program: Command): void {
  program
    .command('watch <job>')
    .summary('what happens to a job, as it happens')
    .description(
      'what happened to a job, and what happens to it, until it is over. JOB: a handle, an id or its beginning, a label, or last',
    )
    .option('--after <number>', 'only what came after this event')
    .option('-f, --follow', 'go on when it is over, until it is destroyed')
    .option('--json', 'an event a line, in JSON')
    .addHelpText('after', '\nExample:\n  gridwrap watch last')
    .action(async (word: string, flags: WatchFlags) => {
      const handle = await findHandle(word)
      using connection = openSession()
      const from = flags.after === undefined ? {} : { after: flags.after }
      for await (const { data } of watchJob(handle, connection, from)) {
        const event = JSON.parse(data) as JobEvent
        if (event.kind !== 'current') print(flags.json === true ? data : line(event))
        const ends = event.kind === 'state' || event.kind === 'current'
        if (!ends || event.state === undefined || !over.has(event.state)) continue
        if (event.state !== 'Done') process.exitCode = exitCodes.jobFailed
        if (flags.follow !== true) return
      }
    })
}

function line({ at, kind, state, percent, message }: JobEvent): string {
  const what = kind === 'state' ? (state ?? kind) : kind
  const share = percent === undefined ? '' : `${percent.toFixed(0)} %  `
  return `${at.slice(0, 19).replace('T', ' ')}  ${what.padEnd(12)}${share}${message ?? ''}`.trimEnd()
}
