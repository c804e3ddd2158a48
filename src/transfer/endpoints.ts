import { GridwrapError } from '../core/errors.ts'
import type { Access } from './access.ts'
import type { Endpoint } from './endpoint.ts'
import { type Location, serverOf } from './location.ts'
import { GridFtpEndpoint } from './protocols/gridftp.ts'
import { HttpEndpoint } from './protocols/http.ts'
import { LocalFiles } from './protocols/local-files.ts'

/** One endpoint for each server that is spoken to, with its connections. */
export class Endpoints implements AsyncDisposable {
  readonly #access: Access
  readonly #open = new Map<string, Endpoint>()

  readonly #local: Endpoint

  /** `local`: the files of this machine that may be named. Default: all that one may touch. */
  constructor(access: Access, local: Endpoint = new LocalFiles()) {
    this.#access = access
    this.#local = local
  }

  /** The endpoint of a location. Throws GridwrapError (`invalid-input`) for what is only piped through. */
  at(location: Location): Endpoint {
    const key = serverOf(location)
    const known = this.#open.get(key)
    if (known !== undefined) return known
    const made = this.#make(location)
    this.#open.set(key, made)
    return made
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const endpoint of this.#open.values()) await endpoint[Symbol.asyncDispose]()
    this.#open.clear()
  }

  #make(location: Location): Endpoint {
    switch (location.scheme) {
      case 'file':
        return this.#local
      case 'gsiftp':
      case 'ftp':
        return new GridFtpEndpoint(location, this.#access)
      case 'https':
      case 'http':
        return new HttpEndpoint(location, this.#access)
      case 'stream':
        throw new GridwrapError('invalid-input', '"-" is a pipe, not a file.')
    }
  }
}
