import { createWriteStream } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import type { Command } from 'commander'
import {
  manifestName,
  mostManifestBytes,
  notOurs,
  parseCheckpointManifest,
} from '../../application/checkpoint-manifest.ts'
import { plainError } from '../../client/remote-fault.ts'
import { ServiceProxy } from '../../client/service-proxy.ts'
import { GridwrapError } from '../../core/errors.ts'
import { newId } from '../../core/ids.ts'
import { formatSize } from '../../core/quantities.ts'
import { membersOf, readMember } from '../../files/archive.ts'
import { jsonOf } from '../../web/json.ts'
import { findHandle } from '../history.ts'
import { createJob } from '../job-client.ts'
import { findService } from '../service-address.ts'
import { openSession } from '../session.ts'
import { print, say, UsageError } from '../terminal.ts'
import { type JobFlags, jobOptions, withJobFlags } from './job-options.ts'

interface Archive {
  readonly name: string
  readonly size: bigint
  readonly sha256?: string
  readonly url: readonly string[]
}

/** Adds `checkpoint` and `restore`. */
export function addCheckpoint(program: Command): void {
  program
    .command('checkpoint <job>')
    .summary('save the state of a job, so that another can go on from it')
    .description(
      'save the state of a job, so that another can go on from it; of one that has ended, what it saved last. JOB: a handle, an id or its beginning, a label, or last',
    )
    .option('-o, --out <file>', 'fetch the archive into this file')
    .option('--json', 'answer in JSON')
    .addHelpText('after', '\nExample:\n  gridwrap checkpoint last --out melt.tar && gridwrap destroy last')
    .action(async (word: string, flags: { readonly out?: string; readonly json?: boolean }) => {
      const handle = await findHandle(word)
      using connection = openSession()
      const proxy = await ServiceProxy.open(handle, connection)
      const made = await saveState(proxy, handle)
      const [url = ''] = made.url
      if (flags.out !== undefined) {
        const { status, body } = await connection.send('GET', url)
        if (status !== 200) throw plainError(status, '', url)
        const making = `${flags.out}.${newId()}`
        try {
          await pipeline(body, createWriteStream(making))
          await rename(making, flags.out)
        } finally {
          await rm(making, { force: true })
        }
      }
      print(
        flags.json === true
          ? jsonOf(made)
          : `${flags.out ?? url} (${formatSize(Number(made.size))}, sha256 ${made.sha256})`,
      )
    })
  withJobFlags(program.command('restore <service> <archive> [inputs...]'))
    .summary('go on from a checkpoint in a new job')
    .description(
      'go on from a checkpoint in a new job. ARCHIVE: a file that "gridwrap checkpoint" fetched. Inputs that are not given are those of the job that was saved; files have to be given again',
    )
    .addHelpText('after', '\nExample:\n  gridwrap restore melt melt.tar steps=20000 && gridwrap wait last')
    .action(async (service: string, archive: string, inputs: readonly string[], flags: JobFlags) => {
      const found = await findService(service)
      if ('folder' in found)
        throw new UsageError(`${service} is a folder: "gridwrap run ${service} checkpoint=${archive}" goes on here.`)
      const name = decodeURIComponent(found.url.replace(/[?#].*$/, '').replace(/^.*\//, ''))
      const words = await wordsOf(archive, inputs, name)
      using connection = openSession(flags.delegate)
      const job = await createJob(
        await ServiceProxy.open(found.url, connection),
        [...words, ...inputs, `checkpoint=@${archive}`],
        jobOptions(flags),
        connection,
      )
      print(flags.json === true ? JSON.stringify(job) : job.handle)
    })
}

/** Asks again as long as the program takes to save. */
async function saveState(proxy: ServiceProxy, handle: string): Promise<Archive> {
  for (;;) {
    try {
      return (await proxy.call<{ checkpoint: Archive }>('checkpoint', {}, handle)).checkpoint
    } catch (error) {
      if (!(error instanceof GridwrapError) || error.code !== 'still-running') throw error
      say('The program is still saving its state ...')
    }
  }
}

/** The inputs of the job that was saved, as words, but for those that are given. */
async function wordsOf(path: string, given: readonly string[], service: string): Promise<readonly string[]> {
  await using archive = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`${path} cannot be read (${error.code}).`)
  })
  for await (const member of membersOf(archive)) {
    if (member.name !== manifestName) break
    const { inputs, application } = parseCheckpointManifest(
      (await readMember(archive, member, mostManifestBytes)).toString('utf8'),
    )
    if (application !== service)
      throw new UsageError(`${path} is a checkpoint of ${application}, and ${service} cannot go on from it.`)
    const names = new Set(given.map(word => word.slice(0, word.indexOf('='))))
    return Object.entries(inputs).flatMap(([name, value]) =>
      names.has(name)
        ? []
        : [value].flat().map(one => `${name}=${typeof one === 'object' ? one.integer : String(one)}`),
    )
  }
  throw notOurs(`it does not begin with ${manifestName}`)
}
