import type { Command } from 'commander'
import type { HttpsConnection } from '../../client/https-connection.ts'
import { plainError } from '../../client/remote-fault.ts'
import { ServiceProxy } from '../../client/service-proxy.ts'
import { delay } from '../../core/deadline.ts'
import { formatSize } from '../../core/quantities.ts'
import type { FileTransfer, JobStatus } from '../../factory/job-status.ts'
import { usageText } from '../../factory/job-usage.ts'
import { jsonOf } from '../../web/json.ts'
import { findHandle } from '../history.ts'
import { describeProgress, hasEnded, sayUndelivered, undelivered, waitForEnd } from '../job-client.ts'
import { seconds } from '../option-values.ts'
import { containerUrl, findService } from '../service-address.ts'
import { openSession, ownName } from '../session.ts'
import { type Results, showResults } from '../show-results.ts'
import { exitCodes, print, say, UsageError } from '../terminal.ts'

interface JsonFlag {
  readonly json?: boolean
}

/** Opens the job that a person names and hands it to some work. */
async function withJob(
  word: string,
  work: (proxy: ServiceProxy, handle: string, connection: HttpsConnection) => Promise<void>,
): Promise<void> {
  const handle = await findHandle(word)
  using connection = openSession()
  await work(await ServiceProxy.open(handle, connection), handle, connection)
}

const job = (program: Command, name: string, description: string, example = `gridwrap ${name} last`): Command =>
  program
    .command(`${name} <job>`)
    .summary(description)
    .description(`${description}. JOB: a handle, an id or its beginning, a label, or last`)
    .option('--json', 'answer in JSON')
    .addHelpText('after', `\nExample:\n  ${example}`)

/** `listed`: among others, in one line. */
const showStatus = (status: JobStatus, json: boolean | undefined, own = ownName(), listed = false): void => {
  const { started: _, ...rest } = status
  const label = status.label === undefined ? '' : `  [${status.label}]`
  const owner = status.owner === undefined || status.owner === own ? '' : `  of ${status.owner}`
  const reason = status.reason === undefined ? '' : `  (${status.reason})`
  print(
    json === true
      ? jsonOf(status)
      : [
          `${status.job.id}  ${status.application}${label}  ${describeProgress(rest)}${reason}${owner}`,
          ...(status.transfer ?? []).map(transferLine),
          ...(listed ? [] : usageLine(status)),
        ].join('\n'),
  )
}

const transferLine = ({ direction, name, url, state, size, problem }: FileTransfer): string => {
  const bytes = size === undefined ? '' : `  ${formatSize(Number(size))}`
  const what = direction === 'in' ? `${name} from ${url}` : `${name} to ${url}`
  return `  ${state.padEnd(8)}${what}${bytes}${problem === undefined ? '' : `: ${problem}`}`
}

const usageLine = ({ usage }: JobStatus): readonly string[] => {
  const used = usage === undefined ? undefined : usageText(usage)
  return used === undefined ? [] : [`  used ${used}`]
}

export function addJobs(program: Command): void {
  job(program, 'status', 'how a job stands').action((word: string, { json }: JsonFlag) =>
    withJob(word, async (proxy, handle) =>
      showStatus((await proxy.call<{ status: JobStatus }>('getStatus', {}, handle)).status, json),
    ),
  )
  job(program, 'wait', 'wait for the end of a job', 'gridwrap wait last --timeout 10m')
    .option('-t, --timeout <time>', 'give up after this time', seconds)
    .action((word: string, flags: JsonFlag & { readonly timeout?: number }) =>
      withJob(word, async (proxy, handle) => {
        const status = await waitForEnd(proxy, handle, flags.timeout)
        showStatus(status, flags.json)
        const failed = undelivered(status)
        if (failed.length > 0) {
          sayUndelivered(failed, status.job.id.slice(0, 8))
          process.exitCode = exitCodes.temporary
        } else if (!hasEnded(status)) {
          say('The job goes on.')
          process.exitCode = exitCodes.temporary
        } else if (status.state !== 'Done') process.exitCode = exitCodes.jobFailed
      }),
    )
  job(program, 'results', 'fetch what a job made', 'gridwrap results last --out result')
    .option('-o, --out <folder>', 'put the output files here')
    .action((word: string, flags: JsonFlag & { readonly out?: string }) =>
      withJob(word, async (proxy, handle, connection) => {
        const { results } = await proxy.call<{ results: Results }>('getResults', {}, handle)
        await showResults(results, flags, connection)
      }),
    )
  for (const [operation, does] of [
    ['start', 'start a job that was made and waits to be started'],
    ['suspend', 'stop a running program where it is; resume lets it go on'],
    ['resume', 'let a suspended program go on; try deliveries again that failed'],
    ['cancel', 'end a job, or give up its deliveries; what it has written stays readable'],
  ] as const) {
    job(program, operation, does).action((word: string, { json }: JsonFlag) =>
      withJob(word, async (proxy, handle) => {
        const { status } = await proxy.call<{ status: JobStatus }>(operation, {}, handle)
        showStatus(await takenEffect(proxy, handle, operation, status), json)
      }),
    )
  }
  job(program, 'interrupt', 'break off what a session evaluates; it goes on').action(
    (word: string, { json }: JsonFlag) =>
      withJob(word, async (proxy, handle) =>
        showStatus((await proxy.call<{ status: JobStatus }>('interrupt', {}, handle)).status, json),
      ),
  )
  job(program, 'destroy', 'end a job for good and remove its files').action((word: string, { json }: JsonFlag) =>
    withJob(word, async (proxy, handle) => {
      await proxy.call('destroy', {}, handle)
      if (json === true) print(jsonOf({ destroyed: handle }))
      else say(`Destroyed ${handle}`)
    }),
  )
  job(program, 'share', 'let somebody else see a job', 'gridwrap share last "/DC=org/CN=Bob" --control')
    .argument('<with>', 'a distinguished name, or a group or role: /vo/group/Role=production')
    .option('--control', 'let them start, suspend, resume and cancel it, too')
    .action((word: string, other: string, flags: JsonFlag & { readonly control?: boolean }) =>
      withJob(word, async (proxy, handle) => {
        const right = flags.control === true ? 'control' : 'read'
        showSharing(await proxy.call<SharingAnswer>('share', { with: other, right }, handle), flags.json)
      }),
    )
  job(program, 'unshare', 'take back what was shared', 'gridwrap unshare last "/DC=org/CN=Bob"')
    .argument('<with>', 'as it was shared')
    .action((word: string, other: string, { json }: JsonFlag) =>
      withJob(word, async (proxy, handle) =>
        showSharing(await proxy.call<SharingAnswer>('unshare', { with: other }, handle), json),
      ),
    )
  job(program, 'output', 'show what a job has written so far', 'gridwrap output last stderr --follow')
    .argument('[output]', 'stdout, stderr, or a named output', 'stdout')
    .option('-f, --follow', 'go on until the job ends')
    .action((word: string, output: string, flags: JsonFlag & { readonly follow?: boolean }) =>
      withJob(word, async (proxy, handle) => {
        const parts: Uint8Array[] = []
        const show = (part: Uint8Array): unknown =>
          flags.json === true ? parts.push(part) : process.stdout.write(part)
        const end = await readOutput(proxy, handle, output, flags.follow === true, show)
        if (flags.json === true) print(jsonOf({ output, content: Buffer.concat(parts), end }))
      }),
    )
  program
    .command('list [service]')
    .description(
      'your jobs and those that are shared with you, of a service or of all that the container offers, the newest first',
    )
    .option('--json', 'answer in JSON')
    .option('-s, --state <state...>', 'only in these states')
    .option('-l, --label <text>', 'only with this label')
    .option('--shared', 'only those of others that are shared with you')
    .addHelpText('after', '\nExamples:\n  gridwrap list\n  gridwrap list newstar --state Active Pending')
    .action(
      async (
        service: string | undefined,
        flags: JsonFlag & { readonly state?: readonly string[]; readonly label?: string; readonly shared?: boolean },
      ) => {
        using connection = openSession()
        const services = service === undefined ? await offered(connection) : [await addressOf(service)]
        const lists = await Promise.all(
          services.map(async url => listAll(await ServiceProxy.open(url, connection), flags)),
        )
        const own = ownName()
        const wanted = lists.flat().filter(one => flags.shared !== true || one.owner !== own)
        const jobs = wanted.sort((a, b) => b.submitted.getTime() - a.submitted.getTime())
        if (flags.json === true) print(jsonOf(jobs))
        else if (jobs.length === 0) say('There are none.')
        else for (const status of jobs) showStatus(status, false, own, true)
      },
    )
}

interface SharingAnswer {
  readonly sharing: { readonly share?: readonly { readonly with: string; readonly right: string }[] }
}

function showSharing({ sharing: { share = [] } }: SharingAnswer, json: boolean | undefined): void {
  if (json === true) print(jsonOf(share))
  else if (share.length === 0) say('It is shared with nobody.')
  else for (const one of share) print(`${one.right.padEnd(8)} ${one.with}`)
}

async function addressOf(service: string): Promise<string> {
  const found = await findService(service)
  if ('url' in found) return found.url
  throw new UsageError(`${service} is a folder; jobs belong to services of a container.`)
}

/** The addresses of the services that the container offers. */
async function offered(connection: HttpsConnection): Promise<readonly string[]> {
  const { status, text } = await connection.sendForText('GET', `${containerUrl()}/`, { Accept: 'application/json' })
  if (status !== 200) throw plainError(status, text, containerUrl())
  const { services } = JSON.parse(text) as { readonly services: readonly { readonly url: string }[] }
  return services.map(one => one.url)
}

const isDone = {
  start: state => state !== 'Unsubmitted',
  suspend: state => state === 'Suspended',
  resume: state => state !== 'Suspended',
  cancel: () => false,
} as const satisfies Record<string, (state: JobStatus['state']) => boolean>

/** The container answers once a wish is written down; people want to see that it came true, which takes a moment. */
async function takenEffect(
  proxy: ServiceProxy,
  handle: string,
  operation: keyof typeof isDone,
  asked: JobStatus,
): Promise<JobStatus> {
  let status = asked
  for (let looks = 0; looks < 30; looks++) {
    if (hasEnded(status) || isDone[operation](status.state)) return status
    await delay(100)
    status = (await proxy.call<{ status: JobStatus }>('getStatus', {}, handle)).status
  }
  say(`It is asked for and takes its time; gridwrap status ${status.job.id.slice(0, 8)} shows when it has come about.`)
  return status
}

async function listAll(
  proxy: ServiceProxy,
  { state, label }: { readonly state?: readonly string[]; readonly label?: string },
): Promise<readonly JobStatus[]> {
  const jobs: JobStatus[] = []
  for (let cursor: string | undefined; ; ) {
    const query = {
      ...(state === undefined ? {} : { state }),
      ...(label === undefined ? {} : { label }),
      ...(cursor === undefined ? {} : { cursor }),
    }
    const { list } = await proxy.call<{ list: { job?: readonly JobStatus[]; next?: string } }>('listInstances', query)
    jobs.push(...(list.job ?? []))
    if (list.next === undefined) return jobs
    cursor = list.next
  }
}

/** Shorter than what stands between allows a silent connection. */
const followSeconds = 20

/** Hands on what an output holds, piece by piece; says whether that is all there will ever be. */
async function readOutput(
  proxy: ServiceProxy,
  handle: string,
  output: string,
  follow: boolean,
  show: (part: Uint8Array) => unknown,
): Promise<boolean> {
  for (let offset = 0n; ; ) {
    const { output: part } = await proxy.call<{ output: { content: Uint8Array; next: bigint; end: boolean } }>(
      'getOutput',
      { output, offset, ...(follow ? { waitSeconds: followSeconds } : {}) },
      handle,
    )
    show(part.content)
    const grew = part.next > offset
    offset = part.next
    if (part.end || (!follow && !grew)) return part.end
  }
}
