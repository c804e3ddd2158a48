import { mkdir, readFile } from 'node:fs/promises'
import type { Profiler } from 'node:inspector'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { HttpsConnection } from '../src/client/https-connection.ts'
import type { Credential } from '../src/gsi/credential.ts'
import { TestSite } from '../test/support/site.ts'
import type { BareServerJob } from './bare-server.ts'
import { JobProcess } from './job-process.ts'
import type { LoadJob, LoadResult } from './load-job.ts'
import { profileDuring } from './profile.ts'
import type { RunJob } from './program-runner.ts'
import { descriptions } from './services.ts'

/** A request, what should be answered, and how it is sent. */
export type Load = Pick<LoadJob, 'request' | 'status' | 'count' | 'inFlight' | 'fresh'> & {
  readonly credential: Credential
}

/** Everything that is measured or measures, each in processes of its own: a container, a bare server, clients. */
export class Stand implements AsyncDisposable {
  readonly site: TestSite
  readonly connection: HttpsConnection
  readonly frontEnd: number
  readonly keeper: number
  readonly #profiler: string
  readonly runs: string
  readonly runner = new JobProcess<RunJob, LoadResult>('program-runner.ts')
  readonly #generator = new JobProcess<LoadJob, LoadResult>('load-generator.ts')
  readonly #bare = new JobProcess<BareServerJob, number>('bare-server.ts')
  readonly #ca: string
  #barePort = 0

  private constructor(
    site: TestSite,
    places: { profiler: string; runs: string },
    roles: Map<string, number>,
    ca: string,
  ) {
    this.site = site
    this.connection = site.connect()
    this.frontEnd = roles.get('front-end') ?? 0
    this.keeper = roles.get('keeper') ?? 0
    this.#profiler = places.profiler
    this.runs = places.runs
    this.#ca = ca
  }

  static async open(): Promise<Stand> {
    // Grids have RSA certificates, and their handshakes cost more than those of others.
    const site = await TestSite.make({ descriptions, key: 'rsa' })
    const places = { profiler: join(site.folder, 'profiler'), runs: join(site.folder, 'runs') }
    await mkdir(places.runs)
    await site.startContainer({
      GRIDWRAP_LOG: 'warn',
      GRIDWRAP_BENCH_PROFILER: places.profiler,
      NODE_OPTIONS: `--import ${pathToFileURL(join(import.meta.dirname, 'part-profiler.ts')).href}`,
    })
    const roles = new Map((await site.processes()).map(({ role, pid }) => [role as string, pid]))
    return new Stand(site, places, roles, await readFile(site.caFile, 'utf8'))
  }

  /** Sends a load to the container. */
  container(load: Load, watched: readonly number[] = [this.frontEnd]): Promise<LoadResult> {
    return this.#send(load, this.site.port, watched)
  }

  /** Sends a load to the bare server. */
  bare(load: Load): Promise<LoadResult> {
    return this.#send(load, this.#barePort, [this.#bare.pid])
  }

  async startBare(answers: BareServerJob['answers']): Promise<void> {
    const file = (name: string): string => join(this.site.folder, name)
    this.#barePort = await this.#bare.run({ certificate: file('hostcert.pem'), key: file('hostkey.pem'), answers })
  }

  /** A processor profile of one of the container's processes while `work` is done. */
  profile(role: 'front-end' | 'keeper', work: () => Promise<unknown>): Promise<Profiler.Profile> {
    return profileDuring(`${this.#profiler}-${role}`, work)
  }

  #send({ credential, ...load }: Load, port: number, watched: readonly number[]): Promise<LoadResult> {
    const { cert, key } = credential.toTls()
    return this.#generator.run({ ...load, port, cert: String(cert), key: String(key), ca: this.#ca, watched })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.connection[Symbol.dispose]()
    for (const process of [this.#generator, this.#bare, this.runner]) process[Symbol.dispose]()
    await this.site[Symbol.asyncDispose]()
  }
}
