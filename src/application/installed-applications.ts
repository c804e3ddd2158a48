import { join } from 'node:path'
import { readDescription } from './description.ts'
import type { Application } from './model.ts'

const mostCached = 500

/** A description that was registered, and the folder of the files that ship with it. */
export interface InstalledApplication {
  readonly digest: string
  readonly application: Application
  readonly bundle: string
}

/** What is needed of a store to find a description again. */
export interface DescriptionSource {
  byDigest(digest: string): Promise<{ readonly source: string; readonly origin: string } | undefined>
}

/** Applications by digest. A digest never changes its meaning, so what was read once stays. */
export class InstalledApplications {
  readonly #source: DescriptionSource
  readonly #bundles: string
  readonly #cache = new Map<string, InstalledApplication>()

  constructor(source: DescriptionSource, bundles: string) {
    this.#source = source
    this.#bundles = bundles
  }

  /** Throws an Error when no description has this digest: the store refers only to what it has. */
  async byDigest(digest: string): Promise<InstalledApplication> {
    const cached = this.#cache.get(digest)
    if (cached !== undefined) return cached
    const found = await this.#source.byDigest(digest)
    if (found === undefined) throw new Error(`No description with digest ${digest} is in the store.`)
    const installed = {
      digest,
      application: readDescription(found.source, found.origin),
      bundle: join(this.#bundles, digest),
    }
    if (this.#cache.size >= mostCached) this.#cache.clear()
    this.#cache.set(digest, installed)
    return installed
  }
}
