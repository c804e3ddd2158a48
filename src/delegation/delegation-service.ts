import { randomBytes } from 'node:crypto'
import { wallClock } from '../core/clock.ts'
import { GridwrapError } from '../core/errors.ts'
import type { GsiIdentity, LocalIdentity } from '../core/identity.ts'
import type { Log } from '../core/log.ts'
import { acceptDelegation } from '../gsi/accept-delegation.ts'
import { writeProxyRequest } from '../gsi/certificate-request.ts'
import type { KeyPool } from '../gsi/key-pool.ts'
import type { PathOptions } from '../gsi/path-validation.ts'
import { readPem, writePem } from '../gsi/pem.ts'
import type { TrustStore } from '../gsi/trust-store.ts'
import { type CredentialKeep, credentialKey, ownDelegation } from './credential-keep.ts'

type Caller = GsiIdentity | LocalIdentity

const longestName = 256
const mostProxyBytes = 262_144

/** What GridSite delegation 2.0.0 does, apart from SOAP. Names are the callers' own: others' are not there for them. */
export class DelegationService {
  readonly #keep: CredentialKeep
  readonly #keys: KeyPool
  readonly #trust: TrustStore
  readonly #options: Omit<PathOptions, 'now'>
  readonly #log: Log

  constructor(keep: CredentialKeep, keys: KeyPool, trust: TrustStore, options: Omit<PathOptions, 'now'>, log: Log) {
    this.#keep = keep
    this.#keys = keys
    this.#trust = trust
    this.#options = options
    this.#log = log
  }

  /**
   * A certification request in PEM, for a new key that waits under this name; a key that waited before is forgotten.
   * Without a name, for the delegation that belongs to the caller and their groups and roles.
   */
  async request(caller: Caller, name: string): Promise<{ readonly name: string; readonly request: string }> {
    const own = name === '' ? ownDelegation(caller) : checkName(name)
    const key = await this.#keys.take()
    await this.#keep.begin(credentialKey(caller, own), key)
    return { name: own, request: writePem('CERTIFICATE REQUEST', writeProxyRequest(key)) }
  }

  /** The same under a name that nobody has. */
  requestNew(caller: Caller): Promise<{ readonly name: string; readonly request: string }> {
    return this.request(caller, randomBytes(16).toString('hex'))
  }

  /** The same for a delegation that is there. */
  async renew(caller: Caller, name: string): Promise<string> {
    await this.#existing(caller, name)
    return (await this.request(caller, name)).request
  }

  /** Takes the certificate for the key that waits, and those of its issuers, in PEM. */
  async put(caller: Caller, name: string, pem: string): Promise<void> {
    const own = name === '' ? ownDelegation(caller) : checkName(name)
    const waiting = await this.#keep.waiting(credentialKey(caller, own))
    if (waiting === undefined)
      throw problem(
        caller,
        `nobody asked for a certificate under the name "${own}", or more than an hour ago`,
        'Call getProxyReq or renewProxyReq first.',
      )
    const certificates = readCertificates(pem, caller)
    const options = { ...this.#options, now: wallClock() }
    const delegated = acceptDelegation(waiting.key, certificates, caller.subject, this.#trust.current(), options)
    await this.#keep.put(credentialKey(caller, own), delegated, waiting.file)
    const { proxy: kind, expires } = delegated.validated.identity
    this.#log.info(
      { identity: caller.subject, name: own, kind, expires: new Date(expires).toISOString() },
      'a credential was delegated',
    )
  }

  /** When the credential of this name expires. */
  async expires(caller: Caller, name: string): Promise<Date> {
    return new Date((await this.#existing(caller, name)).expires)
  }

  /** Forgets the credential of this name, and a key that waits. */
  async destroy(caller: Caller, name: string): Promise<void> {
    const own = name === '' ? ownDelegation(caller) : checkName(name)
    if (!(await this.#keep.drop(credentialKey(caller, own)))) throw unknown(caller, own)
  }

  async #existing(caller: Caller, name: string): Promise<{ readonly expires: number }> {
    const own = name === '' ? ownDelegation(caller) : checkName(name)
    const found = await this.#keep.find(credentialKey(caller, own))
    if (found === undefined) throw unknown(caller, own)
    return found
  }
}

function checkName(name: string): string {
  if (name.length > longestName || !/^[\x21-\x7e]+$/.test(name))
    throw new GridwrapError(
      'invalid-input',
      `delegationID: at most ${longestName} printable ASCII characters, without blanks.`,
      {
        detail: { problem: [{ input: 'delegationID', rule: `at most ${longestName} printable ASCII characters` }] },
      },
    )
  return name
}

function readCertificates(pem: string, caller: Caller): readonly Buffer[] {
  if (pem.length > mostProxyBytes)
    throw problem(caller, 'it is too long', 'Send the certificate and its issuers, no more.')
  try {
    return readPem(pem).flatMap(({ label, bytes }) => (label === 'CERTIFICATE' && bytes !== undefined ? [bytes] : []))
  } catch (error) {
    throw problem(
      caller,
      `it is not PEM (${error instanceof Error ? error.message : String(error)})`,
      'Send the certificate and those of its issuers in PEM.',
    )
  }
}

const problem = (caller: Caller, why: string, hint: string): GridwrapError =>
  new GridwrapError('credential-problem', `The delegation of ${caller.subject} is not taken: ${why}.`, {
    hint,
    detail: { identity: caller.subject, kind: 'delegation' },
  })

const unknown = (caller: Caller, name: string): GridwrapError =>
  new GridwrapError('not-found', `${caller.subject} has no delegation "${name}" in this role, or it has expired.`, {
    hint: 'Delegate with getProxyReq and putProxy; delegations belong to a name and its primary group or role.',
    detail: { why: 'never' },
  })
