import { GridwrapError } from '../core/errors.ts'
import type { Credential } from './credential.ts'
import { isForHost } from './host-names.ts'
import { normalSlash } from './normal-slash.ts'
import type { ValidatedPath } from './path-validation.ts'
import { endEntityOf } from './proxy-generation.ts'

/**
 * Whom an initiator wants at the other end, beside a valid chain (the authorization modes of GSI): the host that it
 * connected to, a certain name, whoever it is itself, anybody, or what a function of its own says.
 */
export type PeerExpectation =
  | { readonly mode: 'host' }
  | { readonly mode: 'identity'; readonly subject: string }
  | { readonly mode: 'self' }
  | { readonly mode: 'none' }
  /** The function answers why the peer is not the one that is wanted; undefined when it is. */
  | { readonly mode: 'callback'; readonly check: (peer: ValidatedPath) => string | undefined }

/** Throws GridwrapError (`credential-problem`) when the peer is another one. */
export function expectPeer(
  peer: ValidatedPath,
  expected: PeerExpectation,
  host: string,
  own: Credential | undefined,
): void {
  const why = problemWith(peer, expected, host, own)
  if (why === undefined) return
  throw new GridwrapError('credential-problem', `The peer at ${host} is ${peer.identity.subject}, ${why}.`, {
    hint: 'Check the address; if this is the right peer, say its name as the one to expect (--server-subject of gridwrap cp).',
    detail: { identity: peer.identity.subject, kind: 'peer' },
  })
}

function problemWith(
  { identity, endEntity, ...rest }: ValidatedPath,
  expected: PeerExpectation,
  host: string,
  own: Credential | undefined,
): string | undefined {
  switch (expected.mode) {
    case 'none':
      return undefined
    case 'host':
      return isForHost(endEntity, host) ? undefined : 'whose certificate is for another host'
    case 'identity':
      return identity.subject === normalSlash(expected.subject) ? undefined : `and not ${expected.subject}`
    case 'self': {
      const self = own && endEntityOf(own.certificates)?.subject.slash
      return self === identity.subject ? undefined : `and not ${self ?? 'anybody: there is no credential of one’s own'}`
    }
    case 'callback':
      return expected.check({ identity, endEntity, ...rest })
  }
}
