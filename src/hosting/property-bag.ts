import { GridwrapError } from '../core/errors.ts'
import type { Properties } from './definition.ts'

/** What one object may keep. */
const mostCharacters = 1024 * 1024

/** Keeps what the text says, when the object still is in a version; resolves with whether it was. */
export type Save = (properties: string, version: number) => Promise<boolean>

/** The properties of one object, as they are in memory. */
export class PropertyBag implements Properties {
  readonly #save: Save
  #values: Map<string, string>
  #version: number
  #kept: string

  constructor(properties: string, version: number, save: Save) {
    this.#save = save
    this.#values = valuesIn(properties)
    this.#version = version
    this.#kept = this.text
  }

  /** The version of the state that this is, or was made of. */
  get version(): number {
    return this.#version
  }

  /** Everything, as it is kept. */
  get text(): string {
    return `{${[...this.#values].map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(',')}}`
  }

  /** A value of its own: to change it changes nothing here. */
  get<T>(name: string): T | undefined {
    const text = this.#values.get(name)
    return text === undefined ? undefined : (JSON.parse(text) as T)
  }

  /** Throws an Error for what JSON cannot hold. */
  set(name: string, value: unknown): void {
    const text = JSON.stringify(value) as string | undefined
    if (text === undefined) throw new Error(`The property ${name} cannot be kept: JSON has nothing for it.`)
    this.#values.set(name, text)
  }

  delete(name: string): void {
    this.#values.delete(name)
  }

  /** Takes back what was not kept. */
  revert(): void {
    if (this.text !== this.#kept) this.#values = valuesIn(this.#kept)
  }

  /** Throws GridwrapError (`too-large`) for more than is kept of one object. */
  requireSize(): void {
    const { length } = this.text
    if (length > mostCharacters)
      throw new GridwrapError(
        'too-large',
        `The state has ${length} characters, and at most ${mostCharacters} are kept.`,
      )
  }

  async flush(): Promise<void> {
    const { text } = this
    if (text === this.#kept) return
    this.requireSize()
    if (!(await this.#save(text, this.#version))) throw new StateConflict()
    this.#version++
    this.#kept = text
  }
}

const valuesIn = (properties: string): Map<string, string> =>
  new Map(
    Object.entries(JSON.parse(properties) as Record<string, unknown>).map(([name, value]) => [
      name,
      JSON.stringify(value),
    ]),
  )

/** Another front end has changed the state of an object since it was read. */
export class StateConflict extends GridwrapError {
  constructor() {
    super('busy', 'The state was changed by another call at the same moment.', {
      hint: 'Nothing of this call was kept: call again.',
      detail: { retryAfterSeconds: 1 },
    })
  }
}
