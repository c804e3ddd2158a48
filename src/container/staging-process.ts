import { AddressPolicy } from '../core/address-policy.ts'
import { GridwrapError, toFault } from '../core/errors.ts'
import { type Log, openLog } from '../core/log.ts'
import { readCredential } from '../gsi/credential.ts'
import { openTrustStore, type TrustStore } from '../gsi/trust-store.ts'
import { answerRequests } from '../keeper/agent-requests.ts'
import type { Access } from '../transfer/access.ts'
import type { CopyOptions } from '../transfer/copy-options.ts'
import { Endpoints } from '../transfer/endpoints.ts'
import { ConfinedFiles } from '../transfer/staging/confined-files.ts'
import { deliverFile } from '../transfer/staging/deliver-file.ts'
import { type Fetched, fetchFile } from '../transfer/staging/fetch-file.ts'
import { InputCache } from '../transfer/staging/input-cache.ts'
import type { StagingProgress, StagingRequest, StagingResult } from '../transfer/staging/requests.ts'
import { transferFault } from '../transfer/transfer-fault.ts'
import { type Configuration, readConfiguration } from './configuration.ts'
import { inputCacheDirectory } from './places.ts'

/** How often the keeper hears how far a file is. */
const progressMs = 1000

/**
 * The process that moves files for jobs: it parses what servers of the callers' choice send, and therefore has no database
 * open and no keys but those of the moment. It is asked by the keeper, and ends with it.
 */
export async function runStaging(configurationFile: string): Promise<void> {
  const configuration = readConfiguration(configurationFile)
  const log = openLog('staging')
  const work = new StagingWork(configuration, openTrustStore(configuration.trust.certificates, { log }), log)
  await answerRequests<StagingRequest, StagingResult, StagingProgress>({
    perform: (request, signal, tell) => work.move(request, signal, tell),
    told: (error, { url }) => work.told(error, url),
    // What has come is noted, so that it need not come again.
    graceMs: 500,
  })
}

class StagingWork {
  readonly #configuration: Configuration
  readonly #trust: TrustStore
  readonly #log: Log
  readonly #policy: AddressPolicy
  readonly #cache: InputCache

  constructor(configuration: Configuration, trust: TrustStore, log: Log) {
    this.#configuration = configuration
    this.#trust = trust
    this.#log = log
    this.#policy = new AddressPolicy(configuration.staging.allow)
    this.#cache = new InputCache(inputCacheDirectory(configuration.instances), configuration.staging.cache)
  }

  async move(
    request: StagingRequest,
    signal: AbortSignal,
    tell: (progress: StagingProgress) => void,
  ): Promise<Fetched> {
    const { url } = request
    const { staging } = this.#configuration
    const pem = request.credential
    const access: Access = {
      credential: () => {
        if (pem !== undefined) return readCredential({ pem })
        throw new GridwrapError(
          'credential-problem',
          `${hostOf(url)} wants to know who asks, and nothing was delegated.`,
          {
            hint: 'Delegate a credential with the call (gridwrap run --delegate limited), or at /delegation.',
          },
        )
      },
      trust: () => this.#trust,
      resolve: host => this.#policy.resolve(host),
      idleTimeoutMs: staging.timeout * 1000,
      gridftp: { streams: staging.streams, allowDataHost: address => this.#policy.permits(address) },
    }
    await using endpoints = new Endpoints(
      access,
      ...(request.verb === 'deliver' ? ([new ConfinedFiles(request.root)] as const) : []),
    )
    const progress = new Progress(tell)
    const options: CopyOptions = {
      signal,
      retry: { attempts: staging.attempts },
      listener: {
        onBytes: count => progress.moved(count),
        onRetry: (error, delayMs) => this.#log.warn({ url, err: error, delayMs }, 'a transfer is tried again'),
      },
    }
    return request.verb === 'fetch'
      ? await fetchFile(endpoints, url, request.path, request.mostBytes, this.#cache, {
          ...options,
          onSize: size => progress.sized(size),
        })
      : await deliverFile(endpoints, request.file, url, request.again, options)
  }

  told(error: unknown, url: string): GridwrapError {
    const told = transferFault(error, hostOf(url))
    if (told instanceof GridwrapError) return told
    const fault = toFault(error)
    this.#log.error({ url, err: error, incident: fault.detail.incident }, 'a file could not be moved')
    return fault
  }
}

/** Tells the keeper how far a file is, not too often. */
class Progress {
  readonly #tell: (progress: StagingProgress) => void
  #bytes = 0
  #size: number | null = null
  #last = 0

  constructor(tell: (progress: StagingProgress) => void) {
    this.#tell = tell
  }

  sized(size: number): void {
    this.#size = size
  }

  moved(count: number): void {
    this.#bytes += count
    const now = performance.now()
    if (now - this.#last < progressMs) return
    this.#last = now
    this.#tell({ bytes: this.#bytes, size: this.#size })
  }
}

const hostOf = (url: string): string => URL.parse(url.replace(/^[a-z]+:/i, 'ftp:'))?.host ?? 'the server'
