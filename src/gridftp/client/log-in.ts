import { GridwrapError } from '../../core/errors.ts'
import { ChainRejection } from '../../gsi/chain-rejection.ts'
import { GssInitiator, type InitiatorTerms } from '../../gsi/gss/gss-context.ts'
import { isConnectionError } from '../data/connection-broken.ts'
import { readAdatReply, writeAdat } from '../protocol/protection.ts'
import { ProtocolError } from '../protocol/protocol-error.ts'
import type { Reply } from '../protocol/reply.ts'
import type { ControlChannel } from './control-channel.ts'
import { replyFault } from './reply-fault.ts'

/** A handshake has a handful of steps; a server that goes on and on is none. */
const mostSteps = 32

/**
 * Logs in with GSI (RFC 2228 sections 3 and 5; the tokens of Globus): both sides authenticated, a credential delegated if
 * the terms say so, the connection protected from then on. `user`: an account to ask for; without one, whatever the
 * server maps the caller to. Throws GridwrapError (`credential-problem`).
 */
export async function logInWithGsi(channel: ControlChannel, terms: InitiatorTerms, user?: string): Promise<void> {
  const offer = await channel.exchange('AUTH GSSAPI')
  if (offer.code !== 334)
    throw new GridwrapError('credential-problem', `${terms.host} does not take GSI credentials (${offer.code}).`, {
      hint: 'If it is open to everybody, say ftp:// instead of gsiftp://.',
    })
  const context = new GssInitiator(terms)
  try {
    let { token } = await context.step()
    for (let steps = 0; ; steps++) {
      if (steps === mostSteps) throw new ProtocolError('The server does not come to an end with its handshake.')
      const reply = await channel.exchange(writeAdat(token ?? Buffer.alloc(0)))
      const answer = readAdatReply(reply)
      if (reply.code !== 335 && reply.code !== 235) throw replyFault(reply, `${terms.host} does not let you in`)
      token = answer === undefined ? undefined : (await context.step(answer)).token
      if (reply.code === 235) break
    }
    if (!context.complete) throw new ProtocolError('The server ended its handshake before it was done.')
  } catch (error) {
    context[Symbol.dispose]()
    throw believable(error, terms.host)
  }
  channel.protect(context)
  await logIn(channel, user ?? ':globus-mapping:', '', terms.host)
}

/** Logs in by name and password, also as `anonymous` (RFC 959 section 4.1.1, RFC 1635). */
export async function logIn(channel: ControlChannel, user: string, password: string, host: string): Promise<void> {
  const refused = `${host} does not let ${user === ':globus-mapping:' ? 'you' : user} in`
  const asked = await channel.exchange(`USER ${user}`)
  if (asked.code === 230) return
  if (asked.code !== 331) throw notAdmitted(asked, refused)
  const reply = await channel.exchange(`PASS ${password}`)
  if (reply.code !== 230 && reply.code !== 202) throw notAdmitted(reply, refused)
}

/** Who one is the server knows by now: another proxy of the same person would not be let in either. */
function notAdmitted(reply: Reply, refused: string): GridwrapError {
  const fault = replyFault(reply, refused)
  if (fault.code !== 'credential-problem' && fault.code !== 'denied') return fault
  return new GridwrapError('credential-problem', fault.message, {
    hint: 'Ask those who run the server to admit you (its grid-mapfile), or name another account: gsiftp://account@host/.',
  })
}

function believable(error: unknown, host: string): unknown {
  if (!(error instanceof ChainRejection)) {
    if (error instanceof GridwrapError || error instanceof ProtocolError || isConnectionError(error)) return error
    const why = error instanceof Error ? error.message : String(error)
    return new GridwrapError('busy', `The security handshake with ${host} broke: ${why}`, { cause: error })
  }
  return new GridwrapError('credential-problem', `The server ${host} cannot be believed. ${error.message}`, {
    hint: 'Set X509_CERT_DIR to a directory that holds its authority, with the signing_policy and revocation list.',
    detail: { kind: error.reason },
    cause: error,
  })
}
