import { type ChecksumName, checksumPreference } from '../core/checksum.ts'
import { GridwrapError } from '../core/errors.ts'
import { findCredential, trustDirectory } from '../gsi/find-credential.ts'
import { openTrustStore, type TrustStore } from '../gsi/trust-store.ts'
import type { Access } from './access.ts'
import { copyFile } from './copy-file.ts'
import type { Copied, CopyOptions } from './copy-options.ts'
import { copyTree } from './copy-tree.ts'
import type { Entry } from './endpoint.ts'
import { Endpoints } from './endpoints.ts'
import { parseLocation, serverOf } from './location.ts'
import { RemoteFile } from './remote-file.ts'
import type { TreeOptions, TreeResult } from './tree-options.ts'

/**
 * Files anywhere, by their URLs (gsiftp, ftp, https, http, file) or paths of this machine: what `gridwrap cp` and its kin
 * do, for programs. Connections are kept for the next operation, and closed with it. Errors are GridwrapErrors, or those
 * of the connection.
 */
export class GridFiles implements AsyncDisposable {
  readonly #endpoints: Endpoints

  /** `access`: who one is, and on which terms; what is left out is looked for where grid users keep it. */
  constructor(access: Partial<Access> = {}) {
    let trust: TrustStore | undefined
    this.#endpoints = new Endpoints({
      credential: () => findCredential(),
      trust: () => (trust ??= openTrustStore(trustDirectory())),
      ...access,
    })
  }

  /** Copies a file from anywhere to anywhere, and goes on after failures that pass. */
  copy(source: string, destination: string, options?: CopyOptions): Promise<Copied> {
    return copyFile(this.#endpoints, parseLocation(source), parseLocation(destination), options)
  }

  /** Copies a directory with what is below it. What fails is told to `options.tree`, and counted. */
  copyTree(source: string, destination: string, options?: TreeOptions): Promise<TreeResult> {
    return copyTree(this.#endpoints, parseLocation(source), parseLocation(destination), options)
  }

  /** What lies at a place. */
  async stat(url: string): Promise<Entry> {
    const { endpoint, path } = this.#at(url)
    return await endpoint.stat(path)
  }

  /** What lies in a directory, in no order. */
  async *list(url: string): AsyncGenerator<Entry, void, undefined> {
    const { endpoint, path } = this.#at(url)
    yield* endpoint.list(path)
  }

  /** The names in a directory, and nothing else of what lies there. */
  async names(url: string): Promise<readonly string[]> {
    const { endpoint, path } = this.#at(url)
    if (endpoint.names !== undefined) return await endpoint.names(path)
    const names: string[] = []
    for await (const { name } of endpoint.list(path)) names.push(name)
    return names
  }

  /** Gives a file or directory another name at the same server. Throws GridwrapError (`invalid-input`) where that cannot be. */
  async rename(from: string, to: string): Promise<void> {
    const [source, destination] = [parseLocation(from), parseLocation(to)]
    const endpoint = this.#endpoints.at(source)
    if (serverOf(source) !== serverOf(destination) || endpoint.rename === undefined)
      throw new GridwrapError(
        'invalid-input',
        `${from} cannot be called ${to}: that takes one server, and one that can do it.`,
        {
          hint: 'Copy it, and remove the original.',
        },
      )
    await endpoint.rename(source.path, destination.path)
  }

  /** Makes a directory and those above it, as far as they are not there. */
  async makeDirectories(url: string): Promise<void> {
    const { endpoint, path } = this.#at(url)
    await endpoint.makeDirectories(path)
  }

  /** Removes a file, or an empty directory. */
  async remove(url: string): Promise<void> {
    const { endpoint, path } = this.#at(url)
    const isWeb = /^https?:/i.test(url)
    const { kind, isLink } = isWeb ? { kind: 'file', isLink: false } : await endpoint.stat(path)
    await (kind === 'directory' && isLink !== true ? endpoint.removeDirectory(path) : endpoint.removeFile(path))
  }

  /** The checksum of a file as its server tells it: by the first of these that it can; undefined when by none. */
  async checksum(
    url: string,
    names: readonly ChecksumName[] = checksumPreference,
  ): Promise<{ readonly name: string; readonly value: string } | undefined> {
    const { endpoint, path } = this.#at(url)
    return await endpoint.checksum(path, names)
  }

  /** Opens a file to read and write anywhere in it. `r`: it must be there; `r+`: the same, to be written; `w`: made anew; `a`: written at its end. */
  open(url: string, mode: 'r' | 'r+' | 'w' | 'a' = 'r'): Promise<RemoteFile> {
    const { endpoint, path } = this.#at(url)
    return RemoteFile.open(endpoint, path, mode)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#endpoints[Symbol.asyncDispose]()
  }

  #at(url: string): { readonly endpoint: ReturnType<Endpoints['at']>; readonly path: string } {
    const location = parseLocation(url)
    return { endpoint: this.#endpoints.at(location), path: location.path }
  }
}
