import type { TLSSocket } from 'node:tls'
import { monotonic, wallClock } from '../core/clock.ts'
import { GridwrapError } from '../core/errors.ts'
import { anonymous, type GsiIdentity, type Identity } from '../core/identity.ts'
import type { ProblemLog } from '../core/log.ts'
import { ChainRejection, rejection } from '../gsi/chain-rejection.ts'
import { ReportLimit } from '../gsi/connection-limits.ts'
import { type PathOptions, validatePath } from '../gsi/path-validation.ts'
import type { TrustStore } from '../gsi/trust-store.ts'
import { verifyAttributes } from '../gsi/voms/verify-attributes.ts'
import type { VomsDirectory } from '../gsi/voms/voms-directory.ts'

/** Revocation lists and certificates run out while connections last. */
const judgeAgainMs = 60_000

/** Whose attributes of virtual organizations are believed, and what becomes of those who bring others. */
export interface VomsTerms {
  readonly directory: VomsDirectory
  /** Names of this host. */
  readonly hosts: readonly string[]
  readonly invalid: 'ignore' | 'refuse'
}

interface Peer {
  readonly chain: readonly Buffer[]
  generation: number
  judged: number
  verdict: Identity | ChainRejection
}

/**
 * Who is at the other end of each connection. The chain is validated once a connection and again when the trusted
 * authorities or their revocation lists change, and every minute, because these run out too; expiry of the credential is
 * looked at on every request.
 */
export class ConnectionPeers {
  readonly #trust: TrustStore
  readonly #options: Omit<PathOptions, 'now'>
  readonly #voms: VomsTerms | undefined
  readonly #log: ProblemLog
  readonly #peers = new WeakMap<TLSSocket, Peer>()
  /** Bad chains cost those who send them nothing; a log must not fill with them. */
  readonly #reports = new ReportLimit(10)

  constructor(trust: TrustStore, options: Omit<PathOptions, 'now'>, voms: VomsTerms | undefined, log: ProblemLog) {
    this.#trust = trust
    this.#options = options
    this.#voms = voms
    this.#log = log
  }

  /** Notes a new connection with the certificates that came with it. */
  welcome(socket: TLSSocket, chain: readonly Buffer[]): void {
    this.#peers.set(socket, { chain, ...this.#judge(chain, socket) })
  }

  /** The certificates that came with a connection, the peer's own first. */
  chainOf(socket: TLSSocket): readonly Buffer[] {
    return this.#peers.get(socket)?.chain ?? []
  }

  /** The caller of a request on this connection. Throws `credential-problem` when there are certificates and they are not valid. */
  identify(socket: TLSSocket): Identity {
    const peer = this.#peers.get(socket)
    if (peer === undefined) return anonymous
    this.#trust.current()
    if (peer.chain.length > 0 && this.#isStale(peer)) Object.assign(peer, this.#judge(peer.chain, socket))
    const { verdict } = peer
    if (verdict instanceof ChainRejection) throw verdict.toGridwrapError()
    if (verdict.scheme === 'gsi' && verdict.expires <= wallClock()) {
      throw new GridwrapError(
        'credential-problem',
        `The credential of ${verdict.subject} expired at ${new Date(verdict.expires).toISOString()}.`,
        {
          hint: 'Make a new proxy and connect again.',
          detail: { identity: verdict.subject, kind: 'expired', expires: new Date(verdict.expires) },
        },
      )
    }
    return verdict
  }

  #isStale({ generation, judged, verdict }: Peer): boolean {
    const attributes = verdict instanceof ChainRejection || verdict.scheme !== 'gsi' ? undefined : verdict.attributes
    return (
      generation !== this.#trust.generation ||
      monotonic() - judged > judgeAgainMs ||
      (attributes?.expires !== undefined && attributes.expires < wallClock())
    )
  }

  #judge(chain: readonly Buffer[], socket: TLSSocket): Omit<Peer, 'chain'> {
    this.#trust.current()
    const { generation } = this.#trust
    const judged = monotonic()
    if (chain.length === 0) return { generation, judged, verdict: anonymous }
    try {
      return { generation, judged, verdict: this.identityOf(chain, socket) }
    } catch (error) {
      if (!(error instanceof ChainRejection)) throw error
      const suppressed = this.#reports.pass()
      if (suppressed !== undefined)
        this.#log.warn(
          { peer: socket.remoteAddress, reason: error.reason, certificate: error.certificate, suppressed },
          error.message,
        )
      return { generation, judged, verdict: error }
    }
  }

  /** Who these certificates say that the peer is. Throws ChainRejection. */
  identityOf(chain: readonly Buffer[], socket: Pick<TLSSocket, 'remoteAddress'>): GsiIdentity {
    const options = { ...this.#options, now: wallClock() }
    const anchors = this.#trust.current()
    const { identity, path, endEntity } = validatePath(chain, anchors, options)
    if (this.#voms === undefined) return identity
    const { directory, hosts, invalid } = this.#voms
    const attributes = verifyAttributes(path, endEntity, { directory, trust: anchors, path: options, hosts })
    const [problem] = attributes.problems
    if (problem === undefined) return { ...identity, attributes }
    if (invalid === 'refuse') throw rejection('voms-attributes', 0, path[0] ?? endEntity, problem)
    const suppressed = this.#reports.pass()
    if (suppressed !== undefined)
      this.#log.warn(
        { peer: socket.remoteAddress, identity: identity.subject, problems: attributes.problems, suppressed },
        'attributes of a virtual organization are not taken',
      )
    return { ...identity, attributes }
  }
}
