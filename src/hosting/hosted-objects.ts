import { delay } from '../core/deadline.ts'
import { GridwrapError, toFault } from '../core/errors.ts'
import type { ProblemLog } from '../core/log.ts'
import type { HostedStateRow } from '../store/rows.ts'
import { ActiveObject } from './active-object.ts'
import { type HostedCall, ServiceFault } from './definition.ts'
import { PropertyBag, type Save, StateConflict } from './property-bag.ts'
import type { HostedService } from './register-service.ts'
import { Turns } from './turns.ts'

/** Where the state of objects is kept (src/store/hosted-store.ts). */
export interface HostedStates {
  get(id: string): Promise<HostedStateRow | undefined>
  /** Begins a service that is there for all; false when somebody else did meanwhile. */
  open(id: string, service: string, properties: string): Promise<boolean>
  /** False: it is in another version by now. */
  save(id: string, version: number, properties: string): Promise<boolean>
}

/** Which object, of which service, and whose. */
export interface ObjectOf {
  readonly service: HostedService
  /** Of a service that is there for all: its name. */
  readonly id: string
  readonly handle: string
  readonly owner: string | undefined
}

export interface HostedLog extends ProblemLog {
  readonly info: (about: object, message: string) => void
}

const mostActive = 1000
const lookEveryMs = 1000
/** How often a call is repeated that other front ends were faster than, and how long it waits at most before it. */
const tries = 25
const pauseMs = 5

/**
 * The objects of hosted classes that are in this process: brought into memory by their first call, put away when nobody
 * calls them, and brought back when another front end has changed their state. Calls that may change an object have their
 * turn one after the other; what they change is kept before they are answered.
 */
export class HostedObjects implements AsyncDisposable {
  readonly #states: HostedStates
  readonly #log: HostedLog
  readonly #active = new Map<string, Promise<ActiveObject>>()
  readonly #turns = new Turns()
  #timer: NodeJS.Timeout | undefined

  constructor(states: HostedStates, log: HostedLog) {
    this.#states = states
    this.#log = log
  }

  /**
   * Calls an operation of an object. What it changed is kept when this resolves; when it throws, nothing of it is, unless
   * the object flushed it itself. Throws GridwrapError.
   */
  async call(of: ObjectOf, operation: string, parameters: object, call: HostedCall): Promise<unknown> {
    const { reads = false, repeatable = false } = operationOf(of.service, operation)
    const work = (active: ActiveObject): Promise<unknown> => active.method(operation, [parameters, call])
    try {
      if (reads) return await this.#reading(of, call.signal, work)
      return await this.#turns.take(of.id, call.signal, () => this.#changing(of, work, repeatable ? tries : 1))
    } catch (error) {
      throw told(error)
    }
  }

  /** The values of service data; undefined and null are none. */
  async value(of: ObjectOf, name: string): Promise<readonly unknown[]> {
    const value = await this.#reading(of, undefined, async ({ object }) => object[name]).catch((error: unknown) => {
      throw told(error)
    })
    return value === undefined || value === null ? [] : Array.isArray(value) ? (value as readonly unknown[]) : [value]
  }

  /** Sets service data that callers may set. */
  async setValue(of: ObjectOf, name: string, value: unknown): Promise<void> {
    const set = async ({ object }: ActiveObject): Promise<void> => {
      object[name] = value
    }
    try {
      await this.#turns.take(of.id, undefined, () => this.#changing(of, set, tries))
    } catch (error) {
      throw told(error)
    }
  }

  /** A new object: `keep` keeps its first state. What `postCreate` throws, or `keep`, refuses it. */
  async create(
    of: ObjectOf,
    given: Readonly<Record<string, unknown>>,
    keep: (properties: string) => Promise<void>,
  ): Promise<void> {
    // It is kept as a whole, at the end of its creation.
    const made = this.#made(of, '{}', 1, async () => true)
    try {
      await made.object.preCreate?.()
      await made.object.postCreate?.(given)
      made.bag.requireSize()
      await keep(made.bag.text)
    } catch (error) {
      // What it has made outside goes with it.
      await Promise.resolve()
        .then(() => made.object.preDestroy?.())
        .catch((second: unknown) => this.#complain(second, made, of.id))
      throw told(error)
    }
  }

  /** Runs the last callback of an object that has ended, in the state that it had. */
  async end(of: ObjectOf, { properties, version }: HostedStateRow): Promise<void> {
    await this.#turns.take(of.id, undefined, async () => {
      const active = await this.#active.get(of.id)?.catch(() => undefined)
      this.#active.delete(of.id)
      const last = active?.bag.version === version ? active : this.#made(of, properties, version)
      await last.object.preDestroy?.()
    })
  }

  /** Does some work that changes nothing, beside others of its kind: it sees what is kept, and nothing else. */
  async #reading<T>(
    of: ObjectOf,
    signal: AbortSignal | undefined,
    work: (active: ActiveObject) => Promise<T>,
  ): Promise<T> {
    for (let n = 1; ; n++) {
      const read = await this.#turns.share(of.id, signal, async () => {
        const active = await this.#current(of)
        return active === undefined ? undefined : { value: await work(active) }
      })
      if (read !== undefined) return read.value
      if (n >= tries) throw new StateConflict()
      // Only who has the turn alone brings an object into memory, or puts it away.
      await this.#turns.take(of.id, signal, () => this.#find(of))
    }
  }

  /** The object, if it is in memory in the state that is kept of it now. */
  async #current({ id }: ObjectOf): Promise<ActiveObject | undefined> {
    const row = await this.#states.get(id)
    const known = await this.#active.get(id)
    return row !== undefined && known !== undefined && known.bag.version >= row.version ? known : undefined
  }

  /** Does some work and keeps what it changed. What a work that fails has set is taken back. */
  async #changing<T>(of: ObjectOf, work: (active: ActiveObject) => Promise<T>, most: number): Promise<T> {
    for (let n = 1; ; n++) {
      const active = await this.#find(of)
      try {
        const result = await work(active)
        await active.bag.flush()
        return result
      } catch (error) {
        active.bag.revert()
        if (!(error instanceof StateConflict)) throw error
        // It holds what is not true any more; or it has ended meanwhile.
        await this.#deactivate(of.id, active)
        if (of.service.instances === 'many' && (await this.#states.get(of.id)) === undefined) throw gone(of)
        if (n >= most) throw error
        await delay(Math.random() * pauseMs * n)
      }
    }
  }

  /** The object, in the state that is kept of it now. */
  async #find(of: ObjectOf): Promise<ActiveObject> {
    const row = (await this.#states.get(of.id)) ?? (await this.#begun(of))
    const known = await this.#active.get(of.id)
    if (known !== undefined) {
      // Its own changes may have made it newer than what was read.
      if (known.bag.version >= row.version) return known
      await this.#deactivate(of.id, known)
    }
    const again = this.#active.get(of.id)
    if (again !== undefined) return again
    this.#timer ??= setInterval(() => void this.#putAway(), lookEveryMs).unref()
    const made = this.#activated(of, row)
    this.#active.set(of.id, made)
    made.catch(() => {
      if (this.#active.get(of.id) === made) this.#active.delete(of.id)
    })
    return made
  }

  /** A service that is there for all begins with its first call; of an instance there is nothing any more. */
  async #begun(of: ObjectOf): Promise<HostedStateRow> {
    const { service, id } = of
    if (service.instances === 'one')
      await this.create(of, {}, async properties => void (await this.#states.open(id, service.name, properties)))
    const row = await this.#states.get(id)
    if (row !== undefined) return row
    throw gone(of)
  }

  async #activated(of: ObjectOf, { properties, version }: HostedStateRow): Promise<ActiveObject> {
    const made = this.#made(of, properties, version)
    try {
      await made.object.activate?.()
    } catch (error) {
      throw told(error)
    }
    return made
  }

  #made(
    { service, id, handle, owner }: ObjectOf,
    properties: string,
    version: number,
    save: Save = (text, seen) => this.#states.save(id, seen, text),
  ): ActiveObject {
    const log = {
      info: (about: object, message: string) => this.#log.info({ ...about, service: service.name, handle }, message),
    }
    return new ActiveObject(service, new PropertyBag(properties, version, save), {
      ...{ name: service.name, handle, owner, log },
    })
  }

  async #deactivate(id: string, active: ActiveObject): Promise<void> {
    if ((await this.#active.get(id)) !== active) return
    this.#active.delete(id)
    try {
      await active.object.deactivate?.()
      await active.bag.flush()
    } catch (error) {
      // What was kept is kept; only what it set in this very moment is lost.
      if (!(error instanceof StateConflict)) this.#complain(error, active, id)
    }
  }

  #complain(error: unknown, { service }: ActiveObject, id: string): void {
    this.#log.warn({ err: error, service: service.name, id }, 'a hosted object could not be put away as it should')
  }

  /** Objects that nobody calls any more leave memory; of too many, those that were called longest ago. */
  async #putAway(): Promise<void> {
    const now = performance.now()
    const found = [...this.#active].map(async ([id, one]) => ({ id, active: await one.catch(() => undefined) }))
    const idle = (await Promise.all(found))
      .flatMap(({ id, active }) => (active === undefined || this.#turns.busy(id) ? [] : [{ id, active }]))
      .sort((a, b) => a.active.used - b.active.used)
    const tooMany = this.#active.size - mostActive
    for (const [index, { id, active }] of idle.entries())
      if (index < tooMany || now - active.used > active.service.idleSeconds * 1000)
        await this.#turns
          .take(id, undefined, () => this.#deactivate(id, active))
          .catch((error: unknown) => this.#complain(error, active, id))
  }

  /** Puts everything away. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer)
    for (const [id, one] of this.#active) {
      const active = await one.catch(() => undefined)
      if (active !== undefined)
        await this.#turns
          .take(id, undefined, () => this.#deactivate(id, active))
          .catch((error: unknown) => this.#complain(error, active, id))
    }
  }
}

const operationOf = (service: HostedService, name: string) => {
  const found = service.portTypes.map(one => one.operations[name]).find(one => one !== undefined)
  if (found === undefined) throw new Error(`${service.name} has no operation ${name}`)
  return found
}

const gone = ({ service, id }: ObjectOf): GridwrapError =>
  new GridwrapError('not-found', `The instance ${id} of ${service.name} has ended.`, { detail: { why: 'ended' } })

/** What a class throws as its callers are told: its own refusals as they are, all else as an error of the container. */
function told(error: unknown): unknown {
  // Also one of another copy of this package.
  if (error instanceof ServiceFault || (error instanceof Error && error.name === 'ServiceFault')) {
    const { hint } = error as ServiceFault
    return new GridwrapError('service-refused', error.message, hint === undefined ? {} : { hint })
  }
  return error instanceof GridwrapError ? error : toFault(error)
}
