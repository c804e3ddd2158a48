import type { HttpsConnection } from '../../../src/client/https-connection.ts'
import type { ServiceProxy } from '../../../src/client/service-proxy.ts'
import type { JobRef } from '../../../src/factory/job-status.ts'
import { TestSite } from '../../support/site.ts'
import { OgsiClient } from './ogsi-client.ts'

const waiting = `
gridwrap: 1
name: waiting
title: Runs for a while
command: sh -c "echo $0; sleep $1" {word} {seconds}
inputs:
  word: {type: string, default: hello}
  seconds: {type: integer, default: 0}
outputs:
  said: stdout
`

/** A real container, and what the suite asks it with. */
export class OgsiGround implements AsyncDisposable {
  readonly site: TestSite
  readonly ogsi: OgsiClient
  readonly service: ServiceProxy
  readonly #connection: HttpsConnection

  private constructor(site: TestSite, connection: HttpsConnection, service: ServiceProxy) {
    this.site = site
    this.#connection = connection
    this.ogsi = new OgsiClient(connection)
    this.service = service
  }

  /** `configuration`: lines of gridwrap.yaml. */
  static async start(configuration: Readonly<Record<string, string>> = {}): Promise<OgsiGround> {
    const site = await TestSite.start({ descriptions: { waiting }, configuration })
    const connection = site.connect()
    return new OgsiGround(site, connection, await site.service('waiting', connection))
  }

  get factory(): string {
    return `${this.site.url}/services/waiting`
  }

  get resolver(): string {
    return `${this.site.url}/resolver`
  }

  get registry(): string {
    return `${this.site.url}/registry`
  }

  /** The handle of a new instance that runs for so many seconds. */
  async job(seconds = 0): Promise<string> {
    return (await this.service.call<{ job: JobRef }>('submit', { seconds: BigInt(seconds) })).job.handle
  }

  /** The handle of one that has ended well. */
  async ended(): Promise<string> {
    const handle = await this.job()
    await this.service.call('waitFor', { seconds: 30 }, handle)
    return handle
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#connection[Symbol.dispose]()
    await this.site[Symbol.asyncDispose]()
  }
}
