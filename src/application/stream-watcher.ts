import { givenValue } from './conditions.ts'
import { groupsOf } from './expression.ts'
import { LineFinder } from './line-finder.ts'
import type { Application, Values, Watch } from './model.ts'
import { StreamLines } from './stream-lines.ts'

export type WatchEvent =
  /** `percent` is 0 to 100. */
  | { readonly verb: 'progress'; readonly percent?: number; readonly message?: string }
  | { readonly verb: 'warning'; readonly message: string }
  | { readonly verb: 'error'; readonly message: string; readonly cause?: 'input' | 'program' | 'site' }
  /** `index` counts in `application.watch`. */
  | { readonly verb: 'success'; readonly index: number }

const mostWarnings = 100
const longestMessage = 1000

interface Watching {
  readonly watch: Watch
  readonly index: number
  readonly finder: LineFinder
  readonly names: readonly string[]
  readonly groups: number
  readonly total: number | undefined
}

/**
 * Looks for what a description watches in one stream, line by line, in bounded memory and linear time. The events do not
 * depend on how the bytes are chunked. At most 100 warnings and one error are told, and each success once.
 */
export class StreamWatcher {
  readonly #lines = new StreamLines()
  readonly #watching: readonly Watching[]
  readonly #succeeded = new Set<number>()
  #warnings = 0
  #failed = false

  /** `stream` is `stdout`, `stderr` or the name of a file output. With the values of the run, `of: INPUT` gives percents. */
  constructor(application: Application, stream: string, values: Values = {}) {
    this.#watching = application.watch.flatMap((watch, index) => {
      if (watch.in !== stream) return []
      const { names, count } = groupsOf(watch.match)
      const total = totalOf(watch.of, values, application)
      return [{ watch, index, finder: new LineFinder(watch.match), names, groups: count, total }]
    })
  }

  feed(bytes: Uint8Array): WatchEvent[] {
    const events: WatchEvent[] = []
    if (this.#watching.length > 0) this.#lines.feed(bytes, line => this.#look(line, events))
    return events
  }

  /** The stream has ended; its last line may lack a line end. */
  end(): WatchEvent[] {
    const events: WatchEvent[] = []
    this.#lines.end(line => this.#look(line, events))
    return events
  }

  #look(line: string, events: WatchEvent[]): void {
    for (const watching of this.#watching) {
      if (this.#isOver(watching)) continue
      const matcher = watching.finder.find(line)
      if (matcher === undefined) continue
      const event = this.#event(watching, name => matcher.group(name))
      if (event !== undefined) events.push(event)
    }
  }

  /** Whether nothing more is to be told of this one, so that it need not be looked for. */
  #isOver({ watch, index }: Watching): boolean {
    if (watch.verb === 'warning') return this.#warnings >= mostWarnings
    if (watch.verb === 'error') return this.#failed
    return watch.verb === 'success' && this.#succeeded.has(index)
  }

  #event(watching: Watching, group: (name: string | number) => string | null): WatchEvent | undefined {
    const { watch, index, names } = watching
    switch (watch.verb) {
      case 'progress':
        return progress(
          watching,
          name => (names.includes(name) ? (group(name) ?? undefined) : undefined),
          group(0) ?? '',
        )
      case 'success':
        this.#succeeded.add(index)
        return { verb: 'success', index }
      case 'warning':
        this.#warnings++
        return { verb: 'warning', message: message(watching, group) }
      case 'error':
        this.#failed = true
        return {
          verb: 'error',
          message: message(watching, group),
          ...(watch.cause === undefined ? {} : { cause: watch.cause }),
        }
    }
  }
}

function message({ names, groups }: Watching, group: (name: string | number) => string | null): string {
  const told = names.includes('message') ? group('message') : groups > 0 ? group(1) : null
  const text = told === null || told.trim() === '' ? (group(0) ?? '') : told
  return cleaned(text)
}

function progress(
  watching: Watching,
  named: (name: string) => string | undefined,
  whole: string,
): WatchEvent | undefined {
  const [done, total, direct] = [
    numberIn(named('done')),
    numberIn(named('total')) ?? watching.total,
    numberIn(named('percent')),
  ]
  const percent = direct ?? (done !== undefined && total !== undefined && total > 0 ? (100 * done) / total : undefined)
  const said = named('message') ?? (watching.names.length === 0 ? whole : undefined)
  const text = said === undefined ? undefined : cleaned(said)
  const told = percent === undefined ? undefined : Math.min(100, Math.max(0, percent))
  if (told === undefined && (text === undefined || text === '')) return undefined
  return {
    verb: 'progress',
    ...(told === undefined ? {} : { percent: told }),
    ...(text === undefined || text === '' ? {} : { message: text }),
  }
}

function numberIn(text: string | undefined): number | undefined {
  const value = text === undefined || text.trim() === '' ? Number.NaN : Number(text)
  return Number.isFinite(value) ? value : undefined
}

const cleaned = (text: string): string =>
  text
    .slice(0, longestMessage)
    .replace(/\p{Cc}/gu, ' ')
    .replace(/\p{Cs}/gu, '\ufffd')
    .trim()

/** What `of` counts towards: a number, or the value of an input ; without it nothing is known. */
function totalOf(of: string | undefined, values: Values, application: Application): number | undefined {
  if (of === undefined) return undefined
  const input = application.inputs.find(one => one.name === of)
  const value = input === undefined ? of : givenValue(values, of)
  return typeof value === 'object' || value === undefined ? undefined : numberIn(String(value))
}
