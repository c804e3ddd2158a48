import type { KeyObject } from 'node:crypto'
import { isIP } from 'node:net'
import { connect, createSecureContext, TLSSocket } from 'node:tls'
import { wallClock } from '../../core/clock.ts'
import { acceptDelegation, type DelegatedCredential } from '../accept-delegation.ts'
import { readProxyRequest, writeProxyRequest } from '../certificate-request.ts'
import type { Credential } from '../credential.ts'
import { type PathOptions, type ValidatedPath, validatePath } from '../path-validation.ts'
import { takePeerChain } from '../peer-chain.ts'
import { expectPeer, type PeerExpectation } from '../peer-expectation.ts'
import { signProxy } from '../proxy.ts'
import type { Delegation } from '../send-delegation.ts'
import { serverTlsOptions } from '../server-tls-options.ts'
import type { TrustStore } from '../trust-store.ts'
import { TokenPipe } from './token-pipe.ts'

/** What both sides of a context need. */
export interface GssTerms {
  readonly credential: Credential
  readonly trust: TrustStore
  readonly path?: Omit<PathOptions, 'now'>
}

export interface InitiatorTerms extends GssTerms {
  /** The host that is spoken to: sent as the name of the server, and expected unless something else is. */
  readonly host: string
  readonly expect?: PeerExpectation
  readonly delegation?: Delegation
  readonly delegationHours?: number
  /** Default: as new as both sides know. */
  readonly maxVersion?: 'TLSv1.2' | 'TLSv1.3'
}

export interface AcceptorTerms extends GssTerms {
  /** Makes the key for what is delegated. */
  readonly newKey: () => Promise<KeyObject>
}

/** What comes of a token: one to send, if there is one, and whether the context stands on this side. */
export interface GssStep {
  readonly token: Buffer | undefined
  readonly complete: boolean
}

const longestToken = 1_048_576

/**
 * A security context of the GSS-API (RFC 2743) as Globus makes it: TLS whose records travel as tokens, the flag of
 * delegation, perhaps a delegation. For protocols that carry tokens themselves, and for programs that were written
 * for gss_init_sec_context and gss_accept_sec_context. Whatever a step throws ends the context.
 */
export abstract class GssContext implements Disposable {
  protected readonly pipe = new TokenPipe()
  protected abstract readonly tls: TLSSocket
  #received: Buffer[] = []
  #failure: Error | undefined
  #secured = false
  #peer: ValidatedPath | undefined

  /** The next step: with the token that came, but for the first one of an initiator. */
  async step(token?: Uint8Array): Promise<GssStep> {
    if (token !== undefined) this.#feed(token)
    const out = [await this.pipe.collect()]
    this.#throwFailure()
    if (this.#secured) {
      await this.agree()
      out.push(await this.pipe.collect())
    }
    const answer = Buffer.concat(out)
    return { token: answer.length === 0 ? undefined : answer, complete: this.complete }
  }

  /** Whether the context stands on this side. */
  abstract readonly complete: boolean

  /** Whether this side has a token to send before any came. */
  abstract readonly begins: boolean

  /** Whoever is at the other end. Throws an Error before the handshake is done. */
  get peer(): ValidatedPath {
    if (this.#peer === undefined) throw new Error('The context does not stand yet: nobody knows who the peer is.')
    return this.#peer
  }

  /** A message, protected: one token. */
  async wrap(message: Uint8Array): Promise<Buffer> {
    this.#requireComplete()
    this.tls.write(message)
    const token = await this.pipe.collect()
    this.#throwFailure()
    return token
  }

  /** Several messages, each a token of its own; in one go, because most of a token's time is waiting. */
  async wrapEach(messages: readonly Uint8Array[]): Promise<readonly Buffer[]> {
    this.#requireComplete()
    // One after the other: what is written while something is being written becomes one record with it.
    for (const message of messages) await new Promise<void>(resolve => this.tls.write(message, () => resolve()))
    const tokens = recordsOf(await this.pipe.collect())
    this.#throwFailure()
    if (tokens.length === messages.length) return tokens
    throw new Error(`Of ${messages.length} messages ${tokens.length} tokens were made.`)
  }

  /** The message in a token. Throws an Error when it was changed, or is another context's. */
  async unwrap(token: Uint8Array): Promise<Buffer> {
    this.#requireComplete()
    this.#feed(token)
    await this.pipe.collect()
    this.#throwFailure()
    const message = this.takeReceived()
    if (message.length === 0) throw new Error('There is no message in this token.')
    return message
  }

  [Symbol.dispose](): void {
    this.tls.destroy()
    this.pipe.destroy()
  }

  /** What is said inside the session once its handshake is done, until the context stands. */
  protected abstract agree(): Promise<void>

  protected abstract judge(peer: ValidatedPath): void

  /** Listens to a session that has just been made. `event`: what it emits when its handshake is done. */
  protected watch(tls: TLSSocket, event: 'secure' | 'secureConnect', terms: GssTerms): void {
    const fail = (error: Error): void => {
      this.#failure ??= error
    }
    // A server's session tells some errors by this event only.
    tls.on('error', fail).on('_tlsError', fail)
    tls.on('close', () => fail(new Error('The context is over.')))
    tls.on('data', (chunk: Buffer) => this.#received.push(chunk))
    tls.once(event, () => {
      try {
        const options = { ...terms.path, now: wallClock() }
        this.#peer = validatePath(takePeerChain(tls), terms.trust.current(), options)
        this.judge(this.#peer)
        this.#secured = true
      } catch (error) {
        this.#failure = error instanceof Error ? error : new Error(String(error))
      }
    })
  }

  protected takeReceived(): Buffer {
    const received = Buffer.concat(this.#received)
    this.#received = []
    return received
  }

  #feed(token: Uint8Array): void {
    if (token.length > longestToken) throw new Error(`A token of ${token.length} bytes is too long.`)
    this.pipe.feed(token)
  }

  #requireComplete(): void {
    this.#throwFailure()
    if (!this.complete) throw new Error('The context does not stand yet.')
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure
  }
}

/** The side that begins (gss_init_sec_context). */
export class GssInitiator extends GssContext {
  readonly begins = true
  protected readonly tls: TLSSocket
  readonly #terms: InitiatorTerms
  #stage: 'nul' | 'flag' | 'request' | 'done'

  constructor(terms: InitiatorTerms) {
    super()
    this.#terms = terms
    this.#stage = 'nul'
    this.tls = connect({
      socket: this.pipe,
      // An address is no name of a server (RFC 6066 section 3).
      ...(isIP(terms.host) === 0 ? { servername: terms.host } : {}),
      ...terms.credential.toTls(),
      rejectUnauthorized: false,
      checkServerIdentity: () => undefined,
      minVersion: 'TLSv1.2',
      maxVersion: terms.maxVersion ?? 'TLSv1.3',
    })
    this.watch(this.tls, 'secureConnect', terms)
  }

  get complete(): boolean {
    return this.#stage === 'done'
  }

  protected judge(peer: ValidatedPath): void {
    const { expect = { mode: 'host' }, host, credential } = this.#terms
    expectPeer(peer, expect, host, credential)
  }

  protected async agree(): Promise<void> {
    if (this.#stage === 'nul') {
      // On TLS 1.3 the acceptor has nothing left to say, and says so with a NUL.
      if (this.tls.getProtocol() === 'TLSv1.3') {
        const said = this.takeReceived()
        if (said.length === 0) return
        if (said.length !== 1 || said[0] !== 0) throw new Error('The peer does not speak the Globus security context.')
      }
      this.#stage = 'flag'
    }
    const { delegation = 'none', credential, delegationHours = 12 } = this.#terms
    if (this.#stage === 'flag') {
      this.tls.write(delegation === 'none' ? '0' : 'D')
      this.#stage = delegation === 'none' ? 'done' : 'request'
      return
    }
    const request = this.takeReceived()
    if (this.#stage !== 'request' || request.length === 0 || delegation === 'none') return
    this.tls.write(signProxy(credential, readProxyRequest(request), { kind: delegation, hours: delegationHours }).der)
    this.#stage = 'done'
  }
}

/** The side that is spoken to (gss_accept_sec_context). TLS 1.2 only: tickets of 1.3 would be tokens nobody waits for. */
export class GssAcceptor extends GssContext {
  readonly begins = false
  protected readonly tls: TLSSocket
  readonly #terms: AcceptorTerms
  #stage: 'flag' | 'certificate' | 'done' = 'flag'
  #key: KeyObject | undefined
  #delegated: DelegatedCredential | undefined

  constructor(terms: AcceptorTerms) {
    super()
    this.#terms = terms
    const options = serverTlsOptions(terms.credential, 'TLSv1.2')
    this.tls = new TLSSocket(this.pipe, {
      isServer: true,
      requestCert: true,
      rejectUnauthorized: false,
      secureContext: createSecureContext(options),
    })
    this.watch(this.tls, 'secure', terms)
  }

  get complete(): boolean {
    return this.#stage === 'done'
  }

  /** What the initiator delegated; undefined when it did not. */
  get delegated(): DelegatedCredential | undefined {
    return this.#delegated
  }

  protected judge(): void {
    // Whether somebody may do something is for those to say who know what they want.
  }

  protected async agree(): Promise<void> {
    const said = this.takeReceived()
    if (said.length === 0 || this.#stage === 'done') return
    if (this.#stage === 'flag') {
      if (said.length !== 1 || (said[0] !== 0x30 && said[0] !== 0x44))
        throw new Error('The peer does not speak the Globus security context.')
      if (said[0] === 0x30) {
        this.#stage = 'done'
        return
      }
      this.#key = await this.#terms.newKey()
      this.tls.write(writeProxyRequest(this.#key))
      this.#stage = 'certificate'
      return
    }
    if (this.#key === undefined) return
    const { trust, path } = this.#terms
    const chain = [said, ...takePeerChain(this.tls)]
    const options = { ...path, now: wallClock() }
    this.#delegated = acceptDelegation(this.#key, chain, this.peer.identity.subject, trust.current(), options)
    this.#stage = 'done'
  }
}

/** The TLS records that bytes consist of (RFC 8446 section 5.1). */
function recordsOf(bytes: Buffer): readonly Buffer[] {
  const records: Buffer[] = []
  for (let at = 0; at + 5 <= bytes.length; ) {
    const end = at + 5 + bytes.readUInt16BE(at + 3)
    records.push(bytes.subarray(at, end))
    at = end
  }
  return records
}
