import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { wallClock } from '../core/clock.ts'
import { GridwrapError } from '../core/errors.ts'
import { newId } from '../core/ids.ts'
import { syncDirectory } from '../files/sync-directory.ts'
import { writeDurably } from '../files/write-durably.ts'
import type { DelegatedCredential } from '../gsi/accept-delegation.ts'
import { type Credential, readCredential } from '../gsi/credential.ts'
import type { CredentialStore } from '../store/credential-store.ts'
import { demandKind } from './derive-proxy.ts'

/** The name of the credential that came with a connection, the newest for each owner. */
export const connectionCredential = ''

const strayAgeMs = 10 * 60_000

/**
 * Credentials that callers delegated, by owner and name: a file each (mode 0600, in a directory that only the container
 * may enter), and a row. The file is on disk before its row; the one that a newer takes the place of goes after it.
 */
export class CredentialKeep {
  readonly #store: CredentialStore
  readonly #directory: string

  /** The directory is there already. */
  constructor(store: CredentialStore, directory: string) {
    this.#store = store
    this.#directory = directory
  }

  async put(owner: string, name: string, { credential, validated }: DelegatedCredential): Promise<void> {
    const file = `${newId()}.pem`
    await writeDurably(join(this.#directory, file), Buffer.from(credential.toPem()), 0o600)
    await syncDirectory(this.#directory)
    const { proxy: kind, expires } = validated.identity
    const { replaced } = await this.#store.keep({ owner, name, file, kind, expires, received: wallClock() })
    if (replaced !== undefined) await rm(join(this.#directory, replaced), { force: true })
  }

  /**
   * The credential that an owner delegated under a name. Throws GridwrapError (`credential-problem`) when there is none,
   * or it has expired.
   */
  async get(owner: string, name: string): Promise<Credential> {
    const identity = owner.replace(/^gsi:/, '')
    const row = await this.#store.find(owner, name)
    if (row === undefined)
      throw new GridwrapError(
        'credential-problem',
        `The program needs a credential of ${identity}, and none was delegated.`,
        {
          hint: 'Call over httpg:// with delegation (a Globus client does by default).',
          detail: { identity, kind: 'not-delegated' },
        },
      )
    if (row.expires <= wallClock())
      throw new GridwrapError(
        'credential-problem',
        `The ${row.kind} credential that ${identity} delegated expired at ${new Date(row.expires).toISOString()}.`,
        { hint: 'Delegate a new one.', detail: { identity, kind: 'expired', expires: new Date(row.expires) } },
      )
    return readCredential({ file: join(this.#directory, row.file) })
  }

  /** Throws GridwrapError (`credential-problem`) when a program could not have the credential that it needs. */
  async demand(owner: string, kind: 'none' | 'limited' | 'full'): Promise<void> {
    if (kind !== 'none') demandKind(await this.get(owner, connectionCredential), kind)
  }

  /** Takes away what has expired, and files that no row speaks of: a process was killed between the two. */
  async sweep(): Promise<void> {
    for (const file of await this.#store.dropExpired(wallClock()))
      await rm(join(this.#directory, file), { force: true })
    for (const file of await readdir(this.#directory)) {
      const path = join(this.#directory, file)
      const found = await stat(path).catch(() => undefined)
      // The file system's stamps are of the machine's clock, whatever ours is set to.
      if (found === undefined || Date.now() - found.mtimeMs < strayAgeMs || (await this.#store.knows(file))) continue
      await rm(path, { force: true })
    }
  }
}
