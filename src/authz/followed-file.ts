import { readFileSync, statSync } from 'node:fs'
import type { ProblemLog } from '../core/log.ts'

const mostBytes = 16_777_216

/**
 * What a file says, as of now: looked at for every question, which costs a microsecond or two, and read again when it
 * has changed. While it cannot be read, `otherwise` holds, which must be what lets nobody in.
 */
export class FollowedFile<T> {
  readonly path: string
  readonly #parse: (text: string) => T
  readonly #otherwise: T
  readonly #log: ProblemLog
  #value: T
  #stamp = ''
  /** Counts up with every change that was noticed. */
  generation = 0

  constructor(path: string, parse: (text: string) => T, otherwise: T, log: ProblemLog) {
    this.path = path
    this.#parse = parse
    this.#otherwise = otherwise
    this.#value = otherwise
    this.#log = log
    // What is wrong with it is said at once, and not when somebody calls.
    this.current()
  }

  current(): T {
    let stamp = 'unreadable'
    try {
      const { mtimeNs, size, ino } = statSync(this.path, { bigint: true })
      stamp = `${mtimeNs}:${size}:${ino}`
      if (stamp === this.#stamp) return this.#value
      if (size > mostBytes) throw new Error(`It has ${size} bytes, more than ${mostBytes}.`)
      this.#take(this.#parse(readFileSync(this.path, 'utf8')), stamp)
    } catch (error) {
      if (stamp !== this.#stamp)
        this.#log.error(
          { file: this.path, why: error instanceof Error ? error.message : String(error) },
          'a file that says who may do what cannot be read; it lets nobody in until it can',
        )
      this.#take(this.#otherwise, stamp)
    }
    return this.#value
  }

  #take(value: T, stamp: string): void {
    this.#value = value
    if (stamp !== this.#stamp) this.generation++
    this.#stamp = stamp
  }
}
