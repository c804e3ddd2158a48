import { monotonic } from '../core/clock.ts'
import { formatDuration, formatSize } from '../core/quantities.ts'
import { ProgressLine } from './progress-line.ts'

/** What a rate is taken over: long enough not to jump, short enough to tell the truth. */
const windowMs = 10_000

/** Shows how far a transfer is: files, bytes, rate, time left. */
export class TransferProgress implements Disposable {
  readonly #line = new ProgressLine()
  readonly #samples: { readonly at: number; readonly bytes: number }[] = []
  readonly #begun = monotonic()
  #timer: NodeJS.Timeout
  #bytes = 0
  #files = 0
  #doing: string | undefined
  /** Bytes and files that are to move, as far as they are known. */
  total = { bytes: 0, files: 0 }

  constructor() {
    this.#timer = setInterval(() => this.#show(), 250)
    this.#timer.unref()
  }

  moved(count: number): void {
    this.#bytes += count
  }

  fileDone(): void {
    this.#files++
  }

  /** Something else than moving: shown until bytes move again. */
  doing(what: string | undefined): void {
    this.#doing = what
  }

  /** Seconds since the beginning. */
  get seconds(): number {
    return (monotonic() - this.#begun) / 1000
  }

  get bytes(): number {
    return this.#bytes
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
    this.#line[Symbol.dispose]()
  }

  #show(): void {
    const now = monotonic()
    this.#samples.push({ at: now, bytes: this.#bytes })
    while ((this.#samples[0]?.at ?? now) < now - windowMs) this.#samples.shift()
    const [first] = this.#samples
    const rate = first === undefined || now === first.at ? 0 : ((this.#bytes - first.bytes) / (now - first.at)) * 1000
    const { bytes, files } = this.total
    const left = bytes > this.#bytes && rate > 0 ? `, ${formatDuration((bytes - this.#bytes) / rate)} left` : ''
    const parts = [
      ...(files > 1 ? [`${this.#files} of ${files} files`] : []),
      bytes > 0 ? `${formatSize(this.#bytes)} of ${formatSize(bytes)}` : formatSize(this.#bytes),
      this.#doing ?? `${formatSize(Math.round(rate))}/s${left}`,
    ]
    this.#line.show(parts.join(', '))
  }
}
