import { createHash, type KeyObject } from 'node:crypto'
import { readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { wallClock } from '../core/clock.ts'
import { GridwrapError } from '../core/errors.ts'
import { fqansOf, type GsiIdentity, type LocalIdentity, ownerKey, type ProxyKind } from '../core/identity.ts'
import { newId } from '../core/ids.ts'
import { syncDirectory } from '../files/sync-directory.ts'
import { writeDurably } from '../files/write-durably.ts'
import type { DelegatedCredential } from '../gsi/accept-delegation.ts'
import { type Credential, keyPem, readCredential, readPrivateKey } from '../gsi/credential.ts'
import type { CredentialStore } from '../store/credential-store.ts'
import type { CredentialKey, CredentialRow } from '../store/rows.ts'
import type { CredentialChoice } from './credential-choice.ts'

/**
 * The name of the credential that came with a connection, the newest of each kind for each owner and role. No caller can
 * give a delegation such a name.
 */
export const connectionCredential = (kind: ProxyKind): string => (kind === 'limited' ? ' limited' : '')

const strayAgeMs = 10 * 60_000
/** How long a key waits for its certificate. */
const waitingMs = 60 * 60_000

/** The key under which a caller's credential is kept: their name, the role in which they call, and the credential's name. */
export const credentialKey = (identity: GsiIdentity | LocalIdentity, name: string): CredentialKey => ({
  owner: ownerKey(identity) ?? '',
  role: fqansOf(identity)[0] ?? '',
  name,
})

/** The name of the delegation that belongs to a caller and their groups and roles, when they give it none. */
export const ownDelegation = (identity: GsiIdentity | LocalIdentity): string =>
  createHash('sha256')
    .update([identity.subject, ...fqansOf(identity)].join('\n'))
    .digest('hex')
    .slice(0, 16)

/**
 * Credentials that callers delegated, by owner, role and name, and keys that wait for a certificate: a file each (mode
 * 0600, in a directory that only the container may enter; encrypted when there is a secret), and a row. A file is on disk
 * before its row; the one that a newer takes the place of goes after it.
 */
export class CredentialKeep {
  readonly #store: CredentialStore
  readonly #directory: string
  readonly #secret: string | undefined

  /** The directory is there already. `secret`: what keys are encrypted with. */
  constructor(store: CredentialStore, directory: string, secret?: string) {
    this.#store = store
    this.#directory = directory
    this.#secret = secret
  }

  /** `answered`: the waiting key that it is for. */
  async put(key: CredentialKey, { credential, validated }: DelegatedCredential, answered?: string): Promise<void> {
    const file = await this.#write('pem', credential.toPem(this.#secret))
    const { proxy: kind, expires } = validated.identity
    const now = wallClock()
    const row = { ...key, file, kind, expires, received: now, answered, now }
    await this.#settle(key, await this.#store.write('keepCredential', row))
  }

  /** Notes a private key for which a proxy certificate is to come. */
  async begin(key: CredentialKey, privateKey: KeyObject): Promise<void> {
    const file = await this.#write('key', keyPem(privateKey, this.#secret))
    await this.#settle(key, await this.#store.write('beginDelegation', { ...key, file, made: wallClock() }))
  }

  /** The key that waits under a name; undefined when none does. */
  async waiting(key: CredentialKey): Promise<{ readonly key: KeyObject; readonly file: string } | undefined> {
    const row = await this.#store.waiting(key)
    if (row === undefined || row.made < wallClock() - waitingMs) return undefined
    try {
      const text = await readFile(join(this.#directory, row.file), 'latin1')
      return { key: readPrivateKey(text, this.#secret), file: row.file }
    } catch {
      // Another one waits by now, or the secret is another one: either way it has to be asked for again.
      return undefined
    }
  }

  /** What is known of a credential that has not expired. */
  async find(key: CredentialKey): Promise<CredentialRow | undefined> {
    const row = await this.#store.find(key)
    return row === undefined || row.expires <= wallClock() ? undefined : row
  }

  /** Forgets a credential; false when there was none. */
  async drop(key: CredentialKey): Promise<boolean> {
    const files = await this.#store.write('dropCredential', key)
    await this.#remove(files)
    return files.length > 0
  }

  /** What is known of all that an owner delegated and that has not expired, the newest first. */
  async of(owner: string): Promise<readonly CredentialRow[]> {
    const now = wallClock()
    return (await this.#store.of(owner)).filter(row => row.expires > now)
  }

  /** Forgets all that an owner delegated, in whatever role; how much it was. */
  async dropAll(owner: string): Promise<number> {
    const rows = await this.#store.of(owner)
    for (const row of rows) await this.drop(row)
    return rows.length
  }

  /** What is known of the credential that a job is to use, expired or not; of several the one that serves best. */
  async chosen(
    owner: string,
    choice: CredentialChoice,
    kind: 'limited' | 'full' = 'full',
  ): Promise<CredentialRow | undefined> {
    const { role, name } = choice
    return name === undefined
      ? this.#store.best({ owner, role, full: kind === 'full', now: wallClock() })
      : this.#store.find({ owner, role, name })
  }

  /** The credential that a job is to use. Throws GridwrapError (`credential-problem`) when there is none, or it has expired. */
  async get(owner: string, choice: CredentialChoice, kind: 'limited' | 'full' = 'full'): Promise<Credential> {
    const identity = owner.replace(/^gsi:/, '')
    for (let last: string | undefined; ; ) {
      const row = await this.chosen(owner, choice, kind)
      if (row === undefined) throw notDelegated(identity, choice)
      if (row.expires <= wallClock())
        throw new GridwrapError(
          'credential-problem',
          `The ${row.kind} credential that ${identity} delegated expired at ${new Date(row.expires).toISOString()}.`,
          { hint: 'Delegate a new one.', detail: { identity, kind: 'expired', expires: new Date(row.expires) } },
        )
      try {
        const passphrase = this.#secret === undefined ? {} : { passphrase: this.#secret }
        return readCredential({ file: join(this.#directory, row.file), ...passphrase })
      } catch (error) {
        // A newer one may have taken its place between the row and the file; else it cannot be opened any more.
        if (row.file === last) throw notDelegated(identity, choice, error)
        last = row.file
      }
    }
  }

  /** Takes away what has expired, and files that no row speaks of: a process was killed between the two. */
  async sweep(): Promise<void> {
    const now = wallClock()
    await this.#remove(await this.#store.write('dropExpired', { before: now, madeBefore: now - waitingMs }))
    for (const file of await readdir(this.#directory)) {
      const path = join(this.#directory, file)
      const found = await stat(path).catch(() => undefined)
      // The file system's stamps are of the machine's clock, whatever ours is set to.
      if (found === undefined || Date.now() - found.mtimeMs < strayAgeMs || (await this.#store.knows(file))) continue
      await rm(path, { force: true })
    }
  }

  async #write(ending: string, pem: string): Promise<string> {
    const file = `${newId()}.${ending}`
    await writeDurably(join(this.#directory, file), Buffer.from(pem), 0o600)
    await syncDirectory(this.#directory)
    return file
  }

  async #settle(
    { owner }: CredentialKey,
    { kept, dropped }: { readonly kept: boolean; readonly dropped: readonly string[] },
  ): Promise<void> {
    await this.#remove(dropped)
    if (kept) return
    const identity = owner.replace(/^gsi:/, '')
    throw new GridwrapError('busy', `${identity} has delegated too many credentials.`, {
      hint: 'Destroy some that are not needed, or delegate again under a name that is there.',
      detail: { retryAfterSeconds: 600 },
    })
  }

  async #remove(files: readonly string[]): Promise<void> {
    for (const file of files) await rm(join(this.#directory, file), { force: true })
  }
}

function notDelegated(identity: string, { role, name }: CredentialChoice, cause?: unknown): GridwrapError {
  const which =
    cause !== undefined
      ? 'what was delegated cannot be opened any more'
      : name === undefined
        ? 'none was delegated'
        : `none was delegated as "${name}"`
  return new GridwrapError(
    'credential-problem',
    `The program needs a credential of ${identity}${role === '' ? '' : ` (${role})`}, and ${which}.`,
    {
      hint: 'Delegate one: gridwrap run --delegate limited, a Globus client over httpg, or the service at /delegation.',
      detail: { identity, kind: 'not-delegated' },
      ...(cause === undefined ? {} : { cause }),
    },
  )
}
