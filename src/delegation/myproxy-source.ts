import { wallClock } from '../core/clock.ts'
import { GridwrapError } from '../core/errors.ts'
import type { DelegatedCredential } from '../gsi/accept-delegation.ts'
import type { Credential } from '../gsi/credential.ts'
import { type PathOptions, validatePath } from '../gsi/path-validation.ts'
import type { TrustStore } from '../gsi/trust-store.ts'
import type { MyproxyServer } from '../myproxy/channel.ts'
import { myproxyGet } from '../myproxy/get.ts'
import type { CredentialSource } from './credential-supply.ts'

/** How long a proxy is asked for; the server has the last word. */
const hours = 12
const timeoutMs = 10_000

/**
 * Fetches and renews proxies with the container's own credential, as a trusted retriever and renewer. The user name is
 * the owner's distinguished name (myproxy-init -d).
 */
export class MyproxySource implements CredentialSource {
  readonly #server: Pick<MyproxyServer, 'host' | 'port' | 'expect'>
  readonly #own: () => Credential
  readonly #trust: TrustStore
  readonly #path: Omit<PathOptions, 'now'>

  constructor(
    server: Pick<MyproxyServer, 'host' | 'port' | 'expect'>,
    own: () => Credential,
    trust: TrustStore,
    path: Omit<PathOptions, 'now'>,
  ) {
    this.#server = server
    this.#own = own
    this.#trust = trust
    this.#path = path
  }

  fetch(subject: string): Promise<DelegatedCredential> {
    return this.#get(subject)
  }

  renew(subject: string, credential: Credential): Promise<DelegatedCredential> {
    return this.#get(subject, credential)
  }

  async #get(subject: string, renew?: Credential): Promise<DelegatedCredential> {
    const server = {
      ...this.#server,
      ...{ credential: this.#own(), trust: this.#trust, path: this.#path, timeoutMs },
    }
    const asked = { username: subject, hours }
    const credential = await myproxyGet(server, renew === undefined ? asked : { ...asked, renew })
    const options = { ...this.#path, now: wallClock() }
    const chain = credential.certificates.map(one => one.der)
    const validated = validatePath(chain, this.#trust.current(), options)
    // A server that keeps the wrong thing under a name must not make its owner somebody else.
    if (validated.identity.subject !== subject || validated.path[0]?.proxyCertInfo === undefined)
      throw new GridwrapError(
        'credential-problem',
        `The MyProxy server ${this.#server.host} gave a credential of ${validated.identity.subject} for ${subject}.`,
        { detail: { identity: subject, kind: 'myproxy' } },
      )
    return { credential, validated }
  }
}
