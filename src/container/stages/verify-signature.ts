import type { TLSSocket } from 'node:tls'
import { wallClock } from '../../core/clock.ts'
import type { GsiIdentity, LocalIdentity } from '../../core/identity.ts'
import { ChainRejection } from '../../gsi/chain-rejection.ts'
import { signatureProblem } from '../../soap/security/signature-problem.ts'
import { freshUntil } from '../../soap/security/timestamp.ts'
import type { SignedMessage } from '../../soap/security/verify-message.ts'
import type { ConnectionPeers } from '../connection-peer.ts'

/** What a site asks of signatures. */
export interface SignatureTerms {
  readonly required: boolean
  readonly windowMs: number
  readonly skewMs: number
  /** Notes a message; false when it was taken before. */
  readonly take: (digest: string, until: number) => Promise<boolean>
}

/**
 * Stage 4: a signed message is by whom the connection is, is fresh, and comes for the first time. Throws
 * `credential-problem`.
 */
export async function verifySignature(
  message: SignedMessage | undefined,
  identity: GsiIdentity | LocalIdentity,
  socket: TLSSocket,
  peers: ConnectionPeers,
  terms: SignatureTerms,
): Promise<void> {
  if (message === undefined) {
    if (!terms.required) return
    throw signatureProblem(
      'The message is not signed, and this container takes signed messages only.',
      'Sign the Body and a Timestamp, with a BinarySecurityToken (WS-Security X.509).',
    )
  }
  const { subject, proxy } = signerOf(message, socket, peers)
  // RFC 3820 section 3.8.2: such a proxy inherits nothing, so its bearer is not the one who issued it.
  if (proxy === 'independent')
    throw signatureProblem(
      `The message was signed with an independent proxy, which does not speak for ${subject}.`,
      'Sign with a full proxy ("gridwrap proxy init").',
    )
  if (subject !== identity.subject)
    throw signatureProblem(
      `The message was signed by ${subject}, and the connection is ${identity.subject}'s.`,
      'Sign with the credential with which you connect.',
    )
  const until = freshUntil(message.timestamp, wallClock(), terms.windowMs, terms.skewMs)
  if (await terms.take(message.digest, until)) return
  throw signatureProblem(
    'This very message was taken before.',
    'Sign each message anew, with a Timestamp of its own. To ask again for the same job, give it a requestId.',
    'replayed',
  )
}

function signerOf({ chain }: SignedMessage, socket: TLSSocket, peers: ConnectionPeers): GsiIdentity {
  // A token is mostly one certificate. That of a proxy needs those above it, which came with the connection.
  const own = peers.chainOf(socket)
  const [signer] = chain
  const from = chain.length === 1 ? own.findIndex(certificate => signer?.equals(certificate)) : -1
  try {
    return peers.identityOf(from < 0 ? chain : own.slice(from), socket)
  } catch (error) {
    if (!(error instanceof ChainRejection)) throw error
    throw signatureProblem(
      `The signer of the message is not believed: ${error.message}`,
      'Sign with the credential with which you connect.',
      'signature',
      error,
    )
  }
}
