import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import type { Application, FileValue, Value, Values } from '../application/model.ts'
import { type Placement, storeValues, uploadName } from '../application/stored-values.ts'
import { wallClock } from '../core/clock.ts'
import { crashPoint } from '../core/crash-point.ts'
import { GridwrapError } from '../core/errors.ts'
import { newId } from '../core/ids.ts'
import { formatSize } from '../core/quantities.ts'
import { createInstanceDirectory, removeInstanceDirectory } from '../files/instance-directory.ts'
import { writeDurably } from '../files/write-durably.ts'
import type { TerminationTime } from '../ogsi/termination-time.ts'
import type { InstanceStore } from '../store/instance-store.ts'
import type { CreateOutcome } from '../store/writes/create-instance.ts'
import { type JobOptions, storeOptions } from './job-options.ts'

export interface FactoryTerms {
  /** Seconds an ended instance is kept when neither the description nor the caller says. */
  readonly keepSeconds: number
  readonly keepSecondsAtMost: number
  /** Of one owner: waiting instances, instances altogether, bytes stored. */
  readonly quota: { readonly waiting: number; readonly instances: number; readonly storedBytes: number }
}

export interface CreateRequest {
  readonly owner: string
  readonly application: Application
  readonly digest: string
  readonly values: Values
  readonly options: JobOptions
  /** false: it waits for `start`. */
  readonly start: boolean
  readonly lifetime: TerminationTime | undefined
}

interface Upload {
  readonly name: string
  readonly input: string
  readonly position: number
}

/** The inputs as the store keeps them, the files that are still to come, and the bytes of those that are there. */
interface LaidOut {
  readonly inputs: string
  readonly uploads: readonly Upload[]
  readonly size: number
}

/** Makes instances: directory, files, then one committed row. Nothing is started here; the keeper sees the row. */
export class InstanceFactory {
  readonly #instances: InstanceStore
  readonly #root: string
  readonly #terms: FactoryTerms
  readonly #changed: () => void

  constructor(instances: InstanceStore, root: string, terms: FactoryTerms, changed: () => void) {
    this.#instances = instances
    this.#root = root
    this.#terms = terms
    this.#changed = changed
  }

  /** The id of a new instance, or of the one that the same request id made before. Its handle resolves from now on. */
  async create(request: CreateRequest): Promise<string> {
    const id = newId()
    // Before the files are moved to where they belong.
    const digest = request.options.requestId === undefined ? '' : await digestOf(request)
    try {
      const places = await createInstanceDirectory(this.#root, id)
      const laidOut = await this.#layOut(request.values, places.spool)
      crashPoint('front.create.after-directory')
      const outcome = await this.#persist(id, request, digest, laidOut)
      crashPoint('front.create.after-commit')
      if (outcome.outcome !== 'created') await removeInstanceDirectory(this.#root, id)
      this.#changed()
      return this.#answer(id, outcome, request.options)
    } catch (error) {
      if ((await this.#instances.get(id)) === undefined) await removeInstanceDirectory(this.#root, id)
      throw withoutRoom(error)
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
        throw new GridwrapError('busy', quotaMessage(outcome.limit, outcome.allowed), {
          hint:
            outcome.limit === 'waiting'
              ? 'Try again when some of your jobs have started.'
              : 'Destroy instances that you no longer need.',
          detail: { retryAfterSeconds: 60 },
        })
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
    const waits = uploads.length > 0
    return this.#instances.write('createInstance', {
      id,
      application: application.name,
      digest: request.digest,
      owner: request.owner,
      label: options.label ?? null,
      requestId: options.requestId ?? null,
      requestDigest,
      state: !request.start ? 'Unsubmitted' : waits ? 'StageIn' : 'Pending',
      want: request.start ? 'run' : 'hold',
      inputs,
      options: JSON.stringify(storeOptions(options)),
      now,
      terminateAfter: request.lifetime?.after ?? now,
      // What waits for its owner does not wait for ever; what runs has no end until it ended.
      terminateBefore:
        request.lifetime !== undefined
          ? finite(request.lifetime.before)
          : !request.start || waits
            ? now + keepSeconds * 1000
            : null,
      keepSeconds,
      lifetimeSet: request.lifetime !== undefined,
      storedBytes: size,
      uploads,
      quota: this.#terms.quota,
    })
  }

  /** Puts every file that came with the call into the spool. */
  async #layOut(values: Values, spool: string): Promise<LaidOut> {
    const placements = new Map<string, Placement>()
    const uploads: Upload[] = []
    let size = 0
    for (const [input, value] of Object.entries(values)) {
      const list = Array.isArray(value)
      for (const [index, one] of (list ? (value as readonly Value[]) : [value as Value]).entries()) {
        if (typeof one !== 'object') continue
        const name = uploadName(input, index, list)
        const written = await place(one, join(spool, name))
        placements.set(`${input} ${index}`, written === undefined ? { upload: name } : { spool: name, size: written })
        if (written === undefined) uploads.push({ name, input, position: index })
        size += written ?? 0
      }
    }
    const inputs = storeValues(values, (input, index) => placements.get(`${input} ${index}`) ?? { upload: input })
    return { inputs, uploads, size }
  }
}

/** Bytes written; undefined for a file that is still to come. */
async function place({ file }: FileValue, path: string): Promise<number | undefined> {
  switch (file.kind) {
    case 'text': {
      const bytes = Buffer.from(file.text, 'utf8')
      await writeDurably(path, bytes)
      return bytes.length
    }
    case 'bytes':
      await writeDurably(path, file.bytes)
      return file.bytes.length
    case 'spooled':
      await rename(file.path, path)
      return file.size
    case 'upload':
      return undefined
  }
}

async function digestOf({ application, values }: CreateRequest): Promise<string> {
  const hash = createHash('sha256').update(application.name)
  for (const name of Object.keys(values).sort()) {
    const value = values[name]
    for (const one of Array.isArray(value) ? (value as readonly Value[]) : [value as Value]) {
      hash.update(`\0${name}\0${typeof one}\0`)
      if (typeof one !== 'object') hash.update(String(one))
      else if (one.file.kind === 'text') hash.update(one.file.text)
      else if (one.file.kind === 'bytes') hash.update(one.file.bytes)
      else if (one.file.kind === 'spooled')
        for await (const chunk of createReadStream(one.file.path)) hash.update(chunk as Buffer)
    }
  }
  return hash.digest('hex')
}

/** A full disk passes, and is nobody's mistake. */
function withoutRoom(error: unknown): unknown {
  const { code = '' } = error as NodeJS.ErrnoException
  if (error instanceof GridwrapError || !/^(ENOSPC|EDQUOT)$/.test(code)) return error
  return new GridwrapError('busy', 'There is no room on the disk of this container for another instance.', {
    hint: 'Try again later, or tell the administrator of the container.',
    detail: { retryAfterSeconds: 60 },
    cause: error,
  })
}

const finite = (time: number): number | null => (Number.isFinite(time) ? time : null)

const quotaMessage = (limit: 'waiting' | 'instances' | 'stored', allowed: number): string =>
  limit === 'waiting'
    ? `You have ${allowed} jobs waiting already, as many as this container lets one owner queue.`
    : limit === 'instances'
      ? `You keep ${allowed} instances already, as many as this container lets one owner keep.`
      : `Your instances hold ${formatSize(allowed)} already, as much as this container stores for one owner.`
