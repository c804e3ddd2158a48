import type { IncomingMessage } from 'node:http'
import type { AuthorizationChain } from '../../authz/chain.ts'
import { GridwrapError } from '../../core/errors.ts'
import type { GsiIdentity, Identity, LocalIdentity } from '../../core/identity.ts'
import type { PermitParts } from './permit.ts'

/** What somebody came for, and from where, as far as it is known before a byte of the body is parsed. */
export interface Asked {
  /** Method and path; a delegation over httpg comes before there is any. */
  readonly request: string
  readonly peer: string | undefined
}

const longestRequest = 200

export const askedBy = ({ method = '', url = '', socket }: IncomingMessage): Asked => ({
  request: `${method} ${url}`.slice(0, longestRequest),
  peer: socket.remoteAddress,
})

/** Stage 2: somebody whom the container knows, before a byte of the body is parsed. */
export function admit(identity: Identity, parts: PermitParts, where: Asked): GsiIdentity | LocalIdentity {
  const refused = refusalToAdmit(identity, parts.authorization)
  if (refused === undefined) return identity as GsiIdentity | LocalIdentity
  if (refused.rule !== undefined) tell(identity as GsiIdentity | LocalIdentity, refused.rule, parts, where)
  throw refused.error
}

/** Why somebody is not let in; undefined: they are, and are no anonymous. `rule`: what the logs shall say of it. */
export function refusalToAdmit(
  identity: Identity,
  authorization: Pick<AuthorizationChain, 'knows' | 'refuses'>,
): { readonly error: GridwrapError; readonly rule?: string } | undefined {
  if (identity.scheme === 'anonymous') {
    const error = new GridwrapError(
      'credential-problem',
      'This call needs a certificate or proxy, and the connection brought none.',
      {
        hint: 'Make a proxy with "gridwrap proxy init" or grid-proxy-init and give it to your client as its TLS certificate and key.',
        detail: { identity: 'anonymous', kind: 'missing' },
      },
    )
    return { error }
  }
  // RFC 3820 section 3.8.2: such a proxy inherits nothing, so its bearer is not the one who issued it.
  if (identity.scheme === 'gsi' && identity.proxy === 'independent') {
    const error = new GridwrapError('denied', `An independent proxy has none of the rights of ${identity.subject}.`, {
      hint: 'Use a full proxy ("gridwrap proxy init").',
      detail: { identity: identity.subject },
    })
    return { error }
  }
  const banned = authorization.refuses(identity)
  if (banned !== undefined) {
    const error = new GridwrapError('denied', `${identity.subject} is not let in by this container.`, {
      hint: 'Ask its administrator; the reason is in the log of the container.',
      detail: { identity: identity.subject },
    })
    return { error, rule: banned }
  }
  if (authorization.knows(identity)) return undefined
  const error = new GridwrapError('denied', `${identity.subject} is not known to this container.`, {
    hint: `${unbelieved(identity)}If a virtual organization lets you in, make a proxy with its role (voms-proxy-init); else ask the administrator to let in this name, exactly as it stands here.`,
    detail: { identity: identity.subject },
  })
  return { error, rule: 'nobody knows the caller' }
}

/** What somebody brought and thought to be enough. */
const unbelieved = (identity: GsiIdentity | LocalIdentity): string => {
  const [problem] = identity.scheme === 'gsi' ? identity.attributes.problems : []
  return problem === undefined ? '' : `The attributes of your proxy are not believed: ${problem}. `
}

/** Whoever has a certificate of a trusted authority can come as often as they like. */
function tell(
  { subject }: GsiIdentity | LocalIdentity,
  rule: string,
  { audit, log }: PermitParts,
  { request, peer }: Asked,
): void {
  const about = { identity: subject, rule, request, peer }
  if (audit.appendSeldom(`admission ${subject} ${rule}`, { what: 'admission', outcome: 'deny', ...about }))
    log.warn(about, 'not admitted')
}
