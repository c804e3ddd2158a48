import { GridwrapError } from '../../../core/errors.ts'
import { GssAcceptor } from '../../../gsi/gss/gss-context.ts'
import type { KeyPool } from '../../../gsi/key-pool.ts'
import { readBase64 } from '../../protocol/protection.ts'
import { Refusal } from '../refusal.ts'
import type { Session } from '../session.ts'
import type { CommandHandler } from './command.ts'

/** More tokens than these have no handshake. */
const mostTokens = 32

/** The commands of logging in (RFC 2228 section 3, RFC 959 section 4.1.1), and what is known between them. */
export function logInCommands(keys: KeyPool): Readonly<Record<'AUTH' | 'ADAT' | 'USER' | 'PASS', CommandHandler>> {
  const handshakes = new WeakMap<Session, { readonly context: GssAcceptor; tokens: number }>()
  const asked = new WeakMap<Session, string>()
  return {
    AUTH: (session, argument) => {
      if (session.control.protected) throw new Refusal(503, 'You are authenticated.')
      if (!/^(?:GSSAPI|GSI)$/i.test(argument)) throw new Refusal(504, 'The only mechanism is GSSAPI.')
      const { options } = session
      handshakes.get(session)?.context[Symbol.dispose]()
      const context = new GssAcceptor({
        credential: options.credential(),
        trust: options.trust,
        ...(options.path === undefined ? {} : { path: options.path }),
        newKey: () => keys.take(),
      })
      handshakes.set(session, { context, tokens: 0 })
      return { code: 334, lines: 'Using authentication type; ADAT must follow.' }
    },
    ADAT: async (session, argument) => {
      const handshake = handshakes.get(session)
      if (handshake === undefined) throw new Refusal(503, 'Say AUTH GSSAPI first.')
      const { context } = handshake
      try {
        if (++handshake.tokens > mostTokens) throw new Error('This handshake has no end.')
        const { token, complete } = await context.step(readBase64(argument))
        if (!complete) return { code: 335, lines: `ADAT=${token?.toString('base64') ?? ''}` }
        session.identity = context.peer.identity
        session.subject = context.peer.identity.subject
        session.delegated = context.delegated?.credential
        session.authentication = 'A'
        session.data.forget()
        peers.set(session, context.peer)
        handshakes.delete(session)
        return {
          code: 235,
          lines: 'GSSAPI Authentication successful.',
          afterwards: () => session.control.protect(context),
        }
      } catch (error) {
        context[Symbol.dispose]()
        handshakes.delete(session)
        const why = error instanceof Error ? error.message : String(error)
        session.options.onEvent?.({ kind: 'refused', address: session.control.remoteAddress, reason: why })
        throw new Refusal(535, `GSSAPI authentication failed: ${why}`)
      }
    },
    USER: async (session, argument) => {
      asked.delete(session)
      const anybody = session.options.anonymous !== undefined && /^(?:anonymous|ftp)$/i.test(argument)
      if (peers.has(session) || anybody) {
        asked.set(session, argument)
        return { code: 331, lines: `Password required for ${argument}.` }
      }
      throw new Refusal(530, 'Authenticate first: AUTH GSSAPI.')
    },
    PASS: async session => {
      const account = asked.get(session)
      if (account === undefined) throw new Refusal(503, 'Say USER first.')
      const { options, control } = session
      const peer = peers.get(session)
      if (peer === undefined) {
        session.files = options.anonymous
        if (session.files === undefined) throw new Refusal(530, 'Authenticate first: AUTH GSSAPI.')
        session.directory = session.files.home
        session.authentication = 'N'
        options.onEvent?.({ kind: 'login', identity: undefined, address: control.remoteAddress })
        return { code: 230, lines: 'User anonymous logged in.' }
      }
      if (account !== ':globus-mapping:' && account !== peer.identity.subject)
        throw new Refusal(530, `There are no accounts here: log in as :globus-mapping:, not as ${account}.`)
      const admitted = await options.admit(peer, control.remoteAddress).catch((error: unknown) => {
        const why = error instanceof Error ? error.message : String(error)
        options.onEvent?.({ kind: 'refused', address: control.remoteAddress, reason: why })
        // RFC 959 section 5.4: 530, not logged in. 550 would be of a file.
        throw error instanceof GridwrapError && error.code === 'denied' ? new Refusal(530, error.message) : error
      })
      session.files = admitted.files
      session.stillAdmitted = admitted.stillAdmitted
      session.directory = admitted.files.home
      options.onEvent?.({ kind: 'login', identity: session.identity, address: control.remoteAddress })
      return { code: 230, lines: `User ${admitted.account} logged in.` }
    },
  }
}

const peers = new WeakMap<Session, GssAcceptor['peer']>()
