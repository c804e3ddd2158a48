/** What a proxy in the chain allows its bearer (RFC 3820 section 3.8; `limited` is the Globus policy language). */
export type ProxyKind = 'none' | 'full' | 'limited' | 'independent'

/** What virtual organizations say of somebody, verified; and what was said and is not believed. */
export interface VoAttributes {
  /** Groups and roles, `/vo/group/Role=production`; the first is the primary one. */
  readonly fqans: readonly string[]
  readonly generic: readonly {
    readonly vo: string
    readonly name: string
    readonly value: string
    readonly qualifier: string
  }[]
  /** Milliseconds since the epoch at which the first attribute certificate expires; undefined: there are none. */
  readonly expires: number | undefined
  /** Why attribute certificates were not taken, a sentence each. */
  readonly problems: readonly string[]
}

export const noAttributes: VoAttributes = { fqans: [], generic: [], expires: undefined, problems: [] }

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
  readonly attributes: VoAttributes
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

/** The groups and roles of a caller. */
export const fqansOf = (identity: Identity): readonly string[] =>
  identity.scheme === 'gsi' ? identity.attributes.fqans : []

/** The key under which an identity owns things. Anonymous owns nothing and has none. */
export const ownerKey = (identity: Identity): string | undefined =>
  identity.scheme === 'anonymous' ? undefined : `${identity.scheme}:${identity.subject}`
