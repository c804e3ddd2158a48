import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import type { Application, Value, Values } from '../application/model.ts'
import { wallClock } from '../core/clock.ts'
import { crashPoint } from '../core/crash-point.ts'
import { GridwrapError } from '../core/errors.ts'
import { newId } from '../core/ids.ts'
import type { CredentialChoice } from '../delegation/credential-choice.ts'
import type { CredentialSupply } from '../delegation/credential-supply.ts'
import { createInstanceDirectory, removeInstanceDirectory } from '../files/instance-directory.ts'
import type { TerminationTime } from '../ogsi/termination-time.ts'
import type { InstanceStore } from '../store/instance-store.ts'
import type { CreateOutcome } from '../store/writes/create-instance.ts'
import type { Quota } from '../store/writes/quota.ts'
import { type JobOptions, storeOptions } from './job-options.ts'
import { type LaidOut, layOutFiles } from './lay-out-files.ts'
import { overQuota } from './over-quota.ts'

export interface FactoryTerms {
  /** Seconds an ended instance is kept when neither the description nor the caller says. */
  readonly keepSeconds: number
  readonly keepSecondsAtMost: number
  /** Of one owner: waiting instances, instances altogether, bytes stored. */
  readonly quota: Quota
}

export interface CreateRequest {
  readonly owner: string
  /** Of the host, that its program is to run as; undefined: the container's own. */
  readonly account: string | undefined
  readonly application: Application
  readonly digest: string
  readonly values: Values
  readonly options: JobOptions
  /** Which credential its program gets, when it needs one. */
  readonly credential: CredentialChoice
  /** false: it waits for `start`. */
  readonly start: boolean
  readonly lifetime: TerminationTime | undefined
}

/** Makes instances: directory, files, then one committed row. Nothing is started here; the keeper sees the row. */
export class InstanceFactory {
  readonly #instances: InstanceStore
  readonly #root: string
  readonly #terms: FactoryTerms
  readonly #credentials: CredentialSupply
  readonly #changed: () => void

  constructor(
    instances: InstanceStore,
    root: string,
    terms: FactoryTerms,
    credentials: CredentialSupply,
    changed: () => void,
  ) {
    this.#credentials = credentials
    this.#instances = instances
    this.#root = root
    this.#terms = terms
    this.#changed = changed
  }

  /** The id of a new instance, or of the one that the same request id made before. Its handle resolves from now on. */
  async create(request: CreateRequest): Promise<string> {
    const { owner, credential } = request
    if (request.start) await this.#credentials.demand(owner, credential, neededCredential(request))
    const id = newId()
    // Before the files are moved to where they belong.
    const digest = request.options.requestId === undefined ? '' : await digestOf(request)
    try {
      const places = await createInstanceDirectory(this.#root, id)
      const laidOut = await layOutFiles(request.values, places.spool)
      crashPoint('front.create.after-directory')
      const outcome = await this.#persist(id, request, digest, laidOut)
      crashPoint('front.create.after-commit')
      if (outcome.outcome !== 'created') await removeInstanceDirectory(this.#root, id)
      this.#changed()
      return this.#answer(id, outcome, request.options)
    } catch (error) {
      if ((await this.#instances.get(id)) === undefined) await removeInstanceDirectory(this.#root, id)
      throw error
    }
  }

  #answer(id: string, outcome: CreateOutcome, options: JobOptions): string {
    switch (outcome.outcome) {
      case 'created':
        return id
      case 'repeated':
        return outcome.id
      case 'other-inputs':
        throw new GridwrapError(
          'invalid-input',
          `The request id ${JSON.stringify(options.requestId)} was used before, with other inputs.`,
          {
            hint: 'A request id stands for one request. Repeat it with the same inputs to get the same job, or take a new one.',
            detail: {
              problem: [
                { input: 'options.requestId', value: options.requestId ?? '', rule: 'names another request of yours' },
              ],
            },
          },
        )
      case 'over-quota':
        throw overQuota(outcome)
    }
  }

  async #persist(
    id: string,
    request: CreateRequest,
    requestDigest: string,
    { inputs, uploads, size }: LaidOut,
  ): Promise<CreateOutcome> {
    const { application, options } = request
    const now = wallClock()
    const keepSeconds = Math.min(
      options.keepSeconds ?? application.keep ?? this.#terms.keepSeconds,
      this.#terms.keepSecondsAtMost,
    )
    const latest = now + this.#terms.keepSecondsAtMost * 1000
    const waits = uploads.length > 0
    return this.#instances.write('createInstance', {
      id,
      application: application.name,
      digest: request.digest,
      owner: request.owner,
      account: request.account ?? null,
      label: options.label ?? null,
      requestId: options.requestId ?? null,
      requestDigest,
      state: !request.start ? 'Unsubmitted' : waits ? 'StageIn' : 'Pending',
      want: request.start ? 'run' : 'hold',
      inputs,
      options: JSON.stringify(storeOptions(options, request.credential)),
      now,
      terminateAfter: Math.min(request.lifetime?.after ?? now, latest),
      // What waits for its owner does not wait for ever; what runs has no end until it ended.
      terminateBefore:
        request.lifetime !== undefined
          ? Math.min(request.lifetime.before, latest)
          : !request.start || waits
            ? now + keepSeconds * 1000
            : null,
      keepSeconds,
      lifetimeSet: request.lifetime !== undefined,
      storedBytes: size,
      stays: application.session !== undefined || application.library !== undefined,
      uploads,
      quota: this.#terms.quota,
    })
  }
}

/** Which credential a job cannot do without: its program's, or, for files on GridFTP servers, any. */
function neededCredential({ application, values, options }: CreateRequest): Application['credential'] {
  if (application.credential !== 'none') return application.credential
  const urls = [...urlsIn(values), ...(options.deliver ?? []).map(({ url }) => url)]
  return urls.some(url => /^gsiftp:/i.test(url)) ? 'limited' : 'none'
}

const urlsIn = (values: Values): readonly string[] =>
  Object.values(values)
    .flat()
    .flatMap(value => (typeof value === 'object' && value.file.kind === 'url' ? [value.file.url] : []))

/** Of all that makes another run of the same request id: inputs, the names of files, limits, whether it starts. */
async function digestOf({ application, values, options, start }: CreateRequest): Promise<string> {
  const hash = createHash('sha256').update(
    JSON.stringify([application.name, start, limitsOf(options), ...delegationOf(options)]),
  )
  for (const name of Object.keys(values).sort()) {
    const value = values[name]
    for (const one of Array.isArray(value) ? (value as readonly Value[]) : [value as Value]) {
      hash.update(`\0${name}\0${typeof one}\0`)
      if (typeof one !== 'object') {
        hash.update(String(one))
        continue
      }
      hash.update(`${JSON.stringify(one.name ?? null)}\0${one.file.kind === 'upload'}\0`)
      if (one.file.kind === 'url') hash.update(`url ${one.file.url}`)
      if (one.file.kind === 'text') hash.update(one.file.text)
      else if (one.file.kind === 'bytes') hash.update(one.file.bytes)
      else if (one.file.kind === 'spooled')
        for await (const chunk of createReadStream(one.file.path)) hash.update(chunk as Buffer)
    }
  }
  return hash.digest('hex')
}

/** Nothing when none is named, so that digests of earlier versions stay what they were. */
const delegationOf = ({ delegation }: JobOptions): readonly string[] => (delegation === undefined ? [] : [delegation])

const limitsOf = ({ limits = {} }: JobOptions): readonly (readonly [string, string])[] =>
  Object.entries(limits)
    .map(([name, value]) => [name, String(value)] as const)
    .sort()
