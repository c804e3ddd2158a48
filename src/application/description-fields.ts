import { didYouMean } from '../core/did-you-mean.ts'
import type { Entry, ListNode, MapNode, Node, ScalarNode } from './description-document.ts'
import type { Place, Problems } from './description-error.ts'
import { shortened } from './names.ts'

/**
 * The keys of one map of a description. Every getter reports what is wrong, with the place, and then returns undefined,
 * so that reading goes on and finds everything.
 */
export class Fields {
  readonly place: Place
  readonly problems: Problems
  /** `inputs.gapopen`; empty for the whole description. */
  readonly path: string
  readonly #entries: ReadonlyMap<string, Entry>

  /** Reports the keys that are not in `known`; `later` are keys of the format that this version does not take. */
  constructor(
    node: MapNode,
    path: string,
    problems: Problems,
    known: readonly string[],
    later: readonly string[] = [],
  ) {
    this.place = node.place
    this.problems = problems
    this.path = path
    this.#entries = new Map(node.entries.map(entry => [entry.key, entry]))
    for (const [index, entry] of node.entries.entries()) {
      if (known.includes(entry.key)) continue
      if (later.includes(entry.key))
        problems.add(
          entry.place,
          `${this.name(entry.key)} is not taken yet`,
          'this version of gridwrap cannot do it yet; leave the key out',
        )
      else this.#unknown(node, index, entry, known)
    }
  }

  #unknown(node: MapNode, index: number, entry: Entry, known: readonly string[]): void {
    const before = node.entries[index - 1]
    if (node.flow && entry.bare && before !== undefined) {
      const said = before.value.kind === 'scalar' ? `${before.value.text}, ${entry.key}` : entry.key
      this.problems.add(
        entry.place,
        `"${shortened(entry.key)}" became a key of its own: a comma inside { } needs quotes`,
        `write ${shortened(before.key)}: '${shortened(said.replaceAll("'", "''"))}'`,
      )
      return
    }
    const near = didYouMean(entry.key, known)
    const where = this.path === '' ? 'a description' : this.path
    this.problems.add(
      entry.place,
      `${where} has no key "${shortened(entry.key)}"`,
      near !== undefined ? `did you mean ${near}?` : known.length > 13 ? undefined : `it takes ${known.join(', ')}`,
    )
  }

  name(key: string): string {
    return this.path === '' ? key : `${this.path}.${key}`
  }

  has(key: string): boolean {
    return this.#entries.has(key)
  }

  node(key: string): Node | undefined {
    return this.#entries.get(key)?.value
  }

  /** The place of a value, or of the map when the key is not there. */
  placeOf(key: string): Place {
    return this.#entries.get(key)?.value.place ?? this.place
  }

  report(key: string, message: string, hint?: string): undefined {
    this.problems.add(this.placeOf(key), `${this.name(key)}: ${message}`, hint)
    return undefined
  }

  scalar(key: string): ScalarNode | undefined {
    const node = this.node(key)
    if (node === undefined) return undefined
    if (node.kind !== 'scalar') return this.report(key, 'a text is wanted here', trapOf(node))
    if (node.value === null)
      return this.report(key, 'the value is missing', 'write one after the colon, or leave the key out')
    return node
  }

  /** A text as it is written, whatever YAML takes it for: `1.10` stays `1.10`. */
  text(key: string, options: { max?: number; multiline?: boolean } = {}): string | undefined {
    const node = this.scalar(key)
    if (node === undefined) return undefined
    const { max = 1000, multiline = false } = options
    const wrong = textProblem(node.text, max, multiline)
    return wrong === undefined ? node.text : this.report(key, wrong)
  }

  flag(key: string): boolean | undefined {
    const node = this.scalar(key)
    if (node === undefined || typeof node.value === 'boolean') return node?.value as boolean | undefined
    const meant = /^(yes|on|y)$/i.test(node.text)
      ? 'write true'
      : /^(no|off|n)$/i.test(node.text)
        ? 'write false'
        : 'write true or false'
    return this.report(key, `"${shortened(node.text)}" is neither true nor false`, meant)
  }

  integer(key: string, min: number, max: number): number | undefined {
    const node = this.scalar(key)
    if (node === undefined) return undefined
    const value =
      typeof node.value === 'bigint' && node.value >= min && node.value <= max ? Number(node.value) : undefined
    return value ?? this.report(key, `"${shortened(node.text)}" is no integer from ${min} to ${max}`)
  }

  number(key: string): number | undefined {
    const node = this.scalar(key)
    if (node === undefined) return undefined
    const value = typeof node.value === 'bigint' || typeof node.value === 'number' ? Number(node.value) : Number.NaN
    return Number.isFinite(value) ? value : this.report(key, `"${shortened(node.text)}" is no number`)
  }

  choice<T extends string>(key: string, values: readonly T[]): T | undefined {
    const node = this.scalar(key)
    if (node === undefined) return undefined
    const value = values.find(v => v === node.text)
    if (value !== undefined) return value
    const near = didYouMean(node.text, values)
    return this.report(
      key,
      `"${shortened(node.text)}" is not one of ${values.join(', ')}`,
      near === undefined ? undefined : `did you mean ${near}?`,
    )
  }

  /** A text that a reader understands; `form` shows how it is written. */
  parsed<T>(key: string, read: (text: string) => T | undefined, form: string): T | undefined {
    const text = this.text(key)
    return text === undefined
      ? undefined
      : (read(text) ?? this.report(key, `"${shortened(text)}" is not understood`, `write ${form}`))
  }

  map(key: string): MapNode | undefined {
    const node = this.node(key)
    if (node === undefined || node.kind === 'map') return node
    return this.report(key, 'keys and values are wanted here', 'write {name: value}, or a line each, further in')
  }

  list(key: string): ListNode | undefined {
    const node = this.node(key)
    if (node === undefined || node.kind === 'list') return node
    return this.report(key, 'a list is wanted here', 'write [a, b], or a line each beginning with "- "')
  }

  texts(key: string, max = 100): string[] {
    const list = this.list(key)
    if (list === undefined) return []
    if (list.items.length > max) this.report(key, `${list.items.length} elements; at most ${max} are taken`)
    return list.items.slice(0, max).flatMap(item => {
      const wrong =
        item.kind === 'scalar' && item.value !== null ? textProblem(item.text, 1000, false) : 'a text is wanted here'
      if (item.kind === 'scalar' && wrong === undefined) return [item.text]
      this.problems.add(item.place, `${this.name(key)}: ${wrong}`, trapOf(item))
      return []
    })
  }
}

/** What is wrong with a text of a description; undefined when it is good. */
export function textProblem(text: string, max: number, multiline: boolean): string | undefined {
  if (text.length > max) return `${text.length} characters; at most ${max} are taken`
  if (/\p{Cs}/u.test(text)) return 'half a character (a lone surrogate) stands in the text'
  const bad = multiline ? /[^\P{Cc}\t\n\r]/u.exec(text) : /\p{Cc}/u.exec(text)
  if (bad === null) return undefined
  const code = bad[0].codePointAt(0) ?? 0
  return code === 10
    ? 'one line is wanted here'
    : `the control character U+${code.toString(16).padStart(4, '0')} stands in the text`
}

/** How a value that YAML took for brackets was most likely meant. */
export function trapOf(node: Node): string | undefined {
  if (node.kind === 'map')
    return node.flow ? 'a value that begins with { needs quotes' : 'a colon followed by a blank needs quotes'
  return node.kind === 'list' ? 'a value that begins with [ needs quotes' : undefined
}
