import { wallClock } from '../core/clock.ts'
import { delay } from '../core/deadline.ts'
import { GridwrapError } from '../core/errors.ts'
import type { InstanceWaits } from '../events/instance-waits.ts'
import { instanceDirectory } from '../files/instance-directory.ts'
import { askHolder, askSession, type HolderAnswer, HolderGone, NobodyThere } from '../holder/session-client.ts'
import type { EvaluateRequest, Evaluation, SessionAnswer, SessionRequest } from '../holder/session-protocol.ts'
import type { InstanceStore } from '../store/instance-store.ts'
import { type InstanceRow, isTerminal } from '../store/rows.ts'

/** So long a call waits for a session that is being begun, or begun again, before it is asked to come back. */
const patienceMs = 120_000
/** Between two looks for a holder that is about to listen. */
const lookMs = 20

/** A call of a session that waits for its answer. */
export type SessionCall = Omit<EvaluateRequest, 'verb' | 'files'> & {
  readonly files: readonly { readonly name: string; readonly bytes: Uint8Array }[]
}

/** Reaches the interpreters of sessions: from any front end, also when the container was started anew meanwhile. */
export class SessionCalls {
  readonly #instances: InstanceStore
  readonly #waits: InstanceWaits
  readonly #root: string
  readonly #changed: () => void

  constructor(instances: InstanceStore, waits: InstanceWaits, instancesRoot: string, changed: () => void) {
    this.#instances = instances
    this.#waits = waits
    this.#root = instancesRoot
    this.#changed = changed
  }

  /**
   * Evaluates code in the session of an instance; begins it again if it sleeps. `by`: who calls.
   * @throws GridwrapError `not-ready`, `busy`, `not-found`, or `job-failed` when it ended before it answered
   */
  async evaluate(id: string, { files, ...call }: SessionCall, by: string, signal: AbortSignal): Promise<Evaluation> {
    const named = files.map(({ name, bytes }) => ({ name, size: bytes.length }))
    const request: SessionRequest = { verb: 'evaluate', ...call, files: named }
    const bytes = files.map(file => file.bytes)
    const { message } = await this.ask<SessionAnswer>(id, request, bytes, [], by, signal)
    if ('evaluation' in message) return message.evaluation
    throw tooMany()
  }

  /** Interrupts what a session evaluates; nothing happens when it evaluates nothing. */
  async interrupt(id: string, signal: AbortSignal): Promise<void> {
    try {
      await askSession(instanceDirectory(this.#root, id).work, { verb: 'interrupt' }, signal)
    } catch (error) {
      if (!(error instanceof NobodyThere) && !(error instanceof HolderGone)) throw error
    }
  }

  /**
   * Asks whoever holds the session of an instance; begins it again if it sleeps.
   * @throws GridwrapError `not-ready`, `busy`, `not-found`, or `job-failed` when it ended before it answered
   */
  async ask<Message extends object>(
    id: string,
    request: object,
    bytes: readonly Uint8Array[],
    /** Of the bytes that come back. */
    expected: readonly number[],
    by: string,
    signal: AbortSignal,
  ): Promise<HolderAnswer<Message>> {
    const { work } = instanceDirectory(this.#root, id)
    const begun = performance.now()
    while (performance.now() - begun < patienceMs) {
      const row = await this.#row(id)
      await this.#wake(row, by)
      if (row.state !== 'Active') {
        await this.#untilChanged(row, signal)
        continue
      }
      try {
        const answer = await askHolder<Message>(work, request, bytes, expected, signal)
        if (!('refused' in answer.message) || answer.message.refused !== 'asleep') return answer
        // Or it could not be saved, and goes on.
        await this.#untilChanged(row, signal, 1000)
      } catch (error) {
        if (error instanceof HolderGone) throw await this.#gone(id, signal)
        if (!(error instanceof NobodyThere)) throw error
        // It is about to listen, or has just ended, which is on its way into the store.
        await delay(lookMs, signal)
      }
    }
    throw new GridwrapError('busy', 'The session could not be begun yet; the container may have much to do.', {
      hint: 'Call again: it is in the queue.',
      detail: { retryAfterSeconds: 30 },
    })
  }

  /** The instance, if it is one that can be called now or soon. */
  async #row(id: string): Promise<InstanceRow> {
    const row = await this.#instances.get(id)
    if (row === undefined || row.destroyed !== null)
      throw new GridwrapError('not-found', `The session ${id} has ended.`, { detail: { why: 'ended' } })
    if (row.state === 'Unsubmitted' || row.state === 'StageIn')
      throw new GridwrapError('not-ready', `The session is ${row.state}; it has not begun.`, {
        hint: row.state === 'StageIn' ? 'It waits for its files.' : 'Call start first.',
      })
    if (isTerminal(row.state) || row.state === 'StageOut' || row.want === 'cancel')
      throw new GridwrapError(
        'not-ready',
        `The session is over (${row.state})${row.reason === null ? '' : `: ${row.reason}`}`,
        {
          hint: 'Open another one; what this one saved can be had with checkpoint.',
        },
      )
    return row
  }

  /** A session that sleeps is begun again; one that its owner stopped is not. */
  async #wake(row: InstanceRow, by: string): Promise<void> {
    if (row.state !== 'Suspended') return
    const attempts = await this.#instances.attempts(row.id)
    if (attempts.some(attempt => attempt.state !== 'ended')) throw suspended()
    // Asleep, its owner wants it to run; suspended, they do not.
    if (row.want !== 'run') throw suspended()
    await this.#instances.write('desire', { id: row.id, want: 'run', from: ['Suspended'], now: wallClock(), by })
    this.#changed()
  }

  async #untilChanged(row: InstanceRow, signal: AbortSignal, most = patienceMs): Promise<void> {
    const changed = async (): Promise<true | undefined> => {
      const now = await this.#instances.get(row.id)
      return now?.version === row.version && now.destroyed === row.destroyed ? undefined : true
    }
    await this.#waits.until(row.id, most, changed, signal)
    signal.throwIfAborted()
  }

  /** The session ended under the call: what came of it is said by how its instance ended. */
  async #gone(id: string, signal: AbortSignal): Promise<GridwrapError> {
    const over = async (): Promise<InstanceRow | undefined> => {
      const row = await this.#instances.get(id)
      return row === undefined || row.destroyed !== null || isTerminal(row.state) ? row : undefined
    }
    const row = await this.#waits.until(id, 5000, over, signal)
    return new GridwrapError(
      'job-failed',
      `The session ended before it answered${row?.reason == null ? '.' : `: ${row.reason}`}`,
      { hint: 'Nobody knows how far the call came.' },
    )
  }
}

const suspended = (): GridwrapError =>
  new GridwrapError('not-ready', 'The session is Suspended.', { hint: 'Call resume first.' })

/** The fault for a call that would have to wait behind too many. */
export const tooMany = (): GridwrapError =>
  new GridwrapError('busy', 'Too many calls wait for this session already.', {
    hint: 'Calls of one session are answered one after the other; try again later, or open another session.',
    detail: { retryAfterSeconds: 10 },
  })
