import type { DescribedService } from '../wsdl/foreign/described-service.ts'

/** Services that many calls are made to, one after the other, by programs that connect each time. */
const mostServices = 100

/**
 * Keeps what the WSDLs of services say, so that connecting again fetches and reads nothing. One for callers who may see the
 * same: a service may describe itself to one caller otherwise than to another.
 */
export class WsdlCache {
  readonly #known = new Map<string, { readonly described: Promise<DescribedService>; readonly until: number }>()
  readonly #keepMs: number

  /** How long a description holds, in milliseconds; default five minutes. */
  constructor(keepMs = 5 * 60_000) {
    this.#keepMs = keepMs
  }

  /** What is known of an address, or what `read` tells; what fails is not kept, and two at once read once. */
  take(address: string, read: () => Promise<DescribedService>): Promise<DescribedService> {
    const known = this.#known.get(address)
    if (known !== undefined && known.until > performance.now()) return known.described
    this.#known.delete(address)
    const [oldest] = this.#known.keys()
    if (oldest !== undefined && this.#known.size >= mostServices) this.#known.delete(oldest)
    const described = read()
    const entry = { described, until: performance.now() + this.#keepMs }
    this.#known.set(address, entry)
    described.catch(() => {
      if (this.#known.get(address) === entry) this.#known.delete(address)
    })
    return described
  }

  /** Forgets a service, or all. */
  forget(address?: string): void {
    if (address === undefined) this.#known.clear()
    else this.#known.delete(address)
  }
}
