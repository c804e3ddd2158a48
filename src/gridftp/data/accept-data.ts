import type { Socket } from 'node:net'
import { createSecureContext, TLSSocket } from 'node:tls'
import { wallClock } from '../../core/clock.ts'
import { GridwrapError } from '../../core/errors.ts'
import { GssAcceptor } from '../../gsi/gss/gss-context.ts'
import { standOver } from '../../gsi/gss/stand-over.ts'
import { validatePath } from '../../gsi/path-validation.ts'
import { takePeerChain } from '../../gsi/peer-chain.ts'
import { expectPeer } from '../../gsi/peer-expectation.ts'
import { serverTlsOptions } from '../../gsi/server-tls-options.ts'
import { brokenWhileMade } from './connection-broken.ts'
import type { DataTerms } from './data-terms.ts'

/**
 * Secures a data connection that was accepted, as the TLS server. TLS 1.2 only: the tickets of 1.3 would stand in the
 * data. The socket that it answers is paused; the one that was given is of no more use of its own. Throws GridwrapError
 * (`credential-problem`) when the peer is not who it must be.
 */
export async function acceptData(socket: Socket, terms: DataTerms, timeoutMs: number): Promise<Socket> {
  if (!terms.authenticate) return socket
  const timer = setTimeout(
    () => socket.destroy(new Error(`A data connection was not authenticated within ${timeoutMs / 1000} s.`)),
    timeoutMs,
  )
  try {
    return await (terms.protection === 'clear' ? acceptClear(socket, terms) : acceptWrapped(socket, terms))
  } catch (error) {
    socket.destroy()
    throw brokenWhileMade(error)
  } finally {
    clearTimeout(timer)
  }
}

type Authenticated = Extract<DataTerms, { authenticate: true }>

async function acceptClear(socket: Socket, { credential, trust, path, expect }: Authenticated): Promise<Socket> {
  const newKey = (): never => {
    throw new Error('The peer wants to delegate its credential on a data connection, which is not taken.')
  }
  const broken = new Promise<never>((_resolve, reject) => socket.on('error', reject))
  broken.catch(() => undefined)
  using context = new GssAcceptor({ credential, trust, newKey, ...(path === undefined ? {} : { path }) })
  await Promise.race([standOver(socket, context), broken])
  expectPeer(context.peer, expect, socket.remoteAddress ?? 'the other end', credential)
  return socket
}

async function acceptWrapped(socket: Socket, { credential, trust, path, expect }: Authenticated): Promise<Socket> {
  const tls = new TLSSocket(socket, {
    isServer: true,
    requestCert: true,
    rejectUnauthorized: false,
    secureContext: createSecureContext(serverTlsOptions(credential, 'TLSv1.2')),
  })
  await new Promise<void>((resolve, reject) => {
    const fail = (error: Error): void => reject(error)
    tls.once('secure', resolve).on('error', fail).on('_tlsError', fail)
    tls.once('close', () => reject(new GridwrapError('busy', 'The peer hung up before its data connection stood.')))
  })
  tls.pause()
  const peer = validatePath(takePeerChain(tls), trust.current(), { ...path, now: wallClock() })
  expectPeer(peer, expect, socket.remoteAddress ?? 'the other end', credential)
  return tls
}
