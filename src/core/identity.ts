/** What a proxy in the chain allows its bearer (RFC 3820 section 3.8; `limited` is the Globus policy language). */
export type ProxyKind = 'none' | 'full' | 'limited' | 'independent'

/** Nobody in particular: a connection without a client certificate. */
export interface AnonymousIdentity {
  readonly scheme: 'anonymous'
}

/** Somebody with a validated certificate chain. */
export interface GsiIdentity {
  readonly scheme: 'gsi'
  /** The distinguished name of the end-entity certificate, not of a proxy: `/DC=org/CN=Alice`. This is who owns. */
  readonly subject: string
  /** The distinguished name of the authority that issued the end-entity certificate. */
  readonly issuer: string
  /** The strongest restriction among the proxies between the end entity and the peer. */
  readonly proxy: ProxyKind
  /** Milliseconds since the epoch at which the first certificate of the chain expires. */
  readonly expires: number
  readonly attributes: { readonly fqans: readonly string[] }
}

/** The one who is at the keyboard of a local command; never comes over the network. */
export interface LocalIdentity {
  readonly scheme: 'local'
  readonly subject: string
}

/** Who is calling. Decided once a connection, looked at again on every request. */
export type Identity = AnonymousIdentity | GsiIdentity | LocalIdentity

export const anonymous: AnonymousIdentity = { scheme: 'anonymous' }

/** The identity as people read it in logs and messages. */
export const describeIdentity = (identity: Identity): string =>
  identity.scheme === 'anonymous' ? 'anonymous' : identity.subject

/** The key under which an identity owns things. Anonymous owns nothing and has none. */
export const ownerKey = (identity: Identity): string | undefined =>
  identity.scheme === 'anonymous' ? undefined : `${identity.scheme}:${identity.subject}`
