import type { Application, Values } from '../application/model.ts'
import { StreamWatcher, type WatchEvent } from '../application/stream-watcher.ts'
import { StreamTail } from './stream-tail.ts'

const mostPerLook = 4 * 1024 * 1024
const mostWarnings = 100

/** What the program's output has told so far (the `watch` part of its description). */
export interface Seen {
  readonly percent: number | undefined
  readonly message: string | undefined
  readonly warnings: readonly string[]
  readonly error: { readonly message: string; readonly cause: 'input' | 'program' | 'site' | undefined } | undefined
  readonly success: readonly number[]
}

/**
 * Follows standard output, standard error and watched output files of one attempt. After a restart it begins again from
 * the start of the files: what was said is still there.
 */
export class ProgramWatch {
  readonly #sources: readonly { readonly tail: StreamTail; readonly watcher: StreamWatcher }[]
  #percent: number | undefined
  #message: string | undefined
  readonly #warnings: string[] = []
  #error: Seen['error']
  readonly #success: number[] = []

  constructor(application: Application, places: { readonly work: string; readonly control: string }, values: Values) {
    const names = new Set(application.watch.map(watch => watch.in))
    this.#sources = [...names].map(name => ({
      tail:
        name === 'stdout' || name === 'stderr'
          ? new StreamTail(places.control, name)
          : new StreamTail(places.work, fileOf(application, name)),
      watcher: new StreamWatcher(application, name, values),
    }))
  }

  /** Reads what is new, within bounds; true when something was said. */
  async look(): Promise<boolean> {
    let heard = false
    for (const { tail, watcher } of this.#sources) {
      await tail.read(mostPerLook, bytes => {
        const events = watcher.feed(bytes)
        heard = heard || events.length > 0
        this.#take(events)
      })
    }
    return heard
  }

  /** Reads everything that is left, after the program's end. */
  async finish(): Promise<Seen> {
    for (const { tail, watcher } of this.#sources) {
      while (await tail.read(mostPerLook, bytes => this.#take(watcher.feed(bytes))));
      this.#take(watcher.end())
    }
    return this.seen()
  }

  seen(): Seen {
    return {
      percent: this.#percent,
      message: this.#message,
      warnings: this.#warnings,
      error: this.#error,
      success: this.#success,
    }
  }

  #take(events: readonly WatchEvent[]): void {
    for (const event of events) {
      switch (event.verb) {
        case 'progress':
          this.#percent = event.percent ?? this.#percent
          this.#message = event.message ?? this.#message
          break
        case 'warning':
          if (this.#warnings.length < mostWarnings && !this.#warnings.includes(event.message))
            this.#warnings.push(event.message)
          break
        case 'error':
          this.#error ??= { message: event.message, cause: event.cause }
          break
        case 'success':
          if (!this.#success.includes(event.index)) this.#success.push(event.index)
          break
      }
    }
  }
}

const fileOf = (application: Application, output: string): string => {
  const source = application.outputs.find(one => one.name === output)?.source
  return source?.kind === 'file' ? source.name : output
}
