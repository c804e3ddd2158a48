import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { DataSite } from '../../test/support/data-site.ts'
import { processorMs } from '../process-figures.ts'
import { type Amount, aTenth } from './amount.ts'
import type { Client, Journey } from './clients.ts'
import { Commands } from './commands.ts'
import { makeFiles, removeAll, requireWhole } from './files.ts'
import { OwnServer } from './own-server.ts'

/** A server with the home of the site as its files. */
export interface Served {
  /** The URL of the home, without a slash at its end. */
  readonly url: string
  readonly pid: number
}

/** What one transfer took, in seconds. Processor: that of the client and of the server together. */
export interface Taken {
  readonly time: number
  readonly processor: number
}

/** Both servers, each a process of its own, with the same files behind them; all in a temporary folder. */
export class GridFtpStand implements AsyncDisposable {
  readonly globus: Served
  readonly own: Served
  readonly #site: DataSite
  readonly #commands: Commands
  readonly #amounts: Readonly<Record<'whole' | 'tenth', Amount>>
  readonly #stack: AsyncDisposableStack

  private constructor(
    { site, commands, stack }: { site: DataSite; commands: Commands; stack: AsyncDisposableStack },
    servers: { globus: Served; own: Served },
    amount: Amount,
  ) {
    this.#site = site
    this.#commands = commands
    this.#stack = stack
    this.#amounts = { whole: amount, tenth: aTenth(amount) }
    this.globus = servers.globus
    this.own = servers.own
  }

  static async open(amount: Amount): Promise<GridFtpStand> {
    await using stack = new AsyncDisposableStack()
    const PATH = `${process.env['PATH'] ?? ''}:/usr/sbin`
    for (const program of ['globus-url-copy', 'globus-gridftp-server'])
      if (!PATH.split(':').some(folder => existsSync(join(folder, program))))
        throw new Error(`${program} is not installed; bench/README.md says in which package it is.`)
    const site = stack.use(await DataSite.make())
    stack.defer(() => removeAll(site.files.folder))
    // Nothing else of the caller's environment: tokens and port ranges would change what is measured.
    const environment = { ...site.environment, PATH }
    const globus = stack.use(await site.server())
    const own = stack.use(await OwnServer.start(site, environment))
    const commands = stack.use(new Commands(environment))
    const served = {
      globus: { url: `gsiftp://localhost:${globus.port}${site.files.folder}`, pid: globus.pid },
      own: { url: `gsiftp://localhost:${own.port}`, pid: own.pid },
    }
    return new GridFtpStand({ site, commands, stack: stack.move() }, served, amount)
  }

  /** Writes what is moved. */
  async fill(): Promise<void> {
    for (const part of ['whole', 'tenth'] as const) await makeFiles(this.#site.remote(part), this.#amounts[part])
  }

  /** One command from its start to its end. `part`: how much of the amount it moves. Throws when not all of it came. */
  async move(client: Client, server: Served, journey: Journey, part: 'whole' | 'tenth'): Promise<Taken> {
    const { direction, what, into } = journey
    const name = what === 'small' ? `${part}/small/` : `${part}/large`
    const target = what === 'small' ? 'target/' : 'target'
    const here = `file://${this.#site.files.folder}`
    const local = into === 'file' ? `${here}/${target}` : 'file:///dev/null'
    const [from, to] =
      direction === 'get' ? [`${server.url}/${name}`, local] : [`${here}/${name}`, `${server.url}/${target}`]
    const [program, ...args] = client(journey, from, to)
    const before = await processorOf(server)
    const begun = performance.now()
    await this.#commands.run(program, args)
    const time = (performance.now() - begun) / 1000
    const processor = (await processorOf(server)) - before
    if (into === 'file') await requireWhole(this.#site.remote('target'), this.#amounts[part])
    // With its file go the pages that are still to be written, which would be the next one's burden.
    await removeAll(this.#site.remote('target'))
    return { time, processor }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync()
  }
}

/** Seconds that a server and the commands of this process have used, as soon as no session of the server is left. */
async function processorOf({ pid }: Served): Promise<number> {
  for (let tries = 0; tries < 100; tries++) {
    const sessions = await readFile(`/proc/${pid}/task/${pid}/children`, 'latin1')
    if (sessions.trim() === '') break
    await setTimeout(10)
  }
  const { own, reaped } = await processorMs(pid)
  return (own + reaped + (await processorMs(process.pid)).reaped) / 1000
}
