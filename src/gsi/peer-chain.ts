import type { X509Certificate } from 'node:crypto'
import type { TLSSocket } from 'node:tls'
import { chainLimits } from './chain-certificates.ts'

const taken = new WeakMap<TLSSocket, readonly Buffer[]>()

/**
 * The certificates the peer sent, DER, in the order in which it sent them; empty when it sent none. Call it first thing
 * when the handshake is done. `getPeerX509Certificate` takes the chain out of OpenSSL, so that a second call, or
 * `getPeerCertificate`, sees the first certificate only: nothing else in the house may call either.
 */
export function takePeerChain(socket: TLSSocket): readonly Buffer[] {
  const known = taken.get(socket)
  if (known !== undefined) return known
  const chain: Buffer[] = []
  let certificate: X509Certificate | undefined = socket.getPeerX509Certificate()
  // One more than is allowed, so that a longer chain is seen to be too long.
  while (certificate !== undefined && chain.length <= chainLimits.entries) {
    chain.push(certificate.raw)
    certificate = certificate.issuerCertificate
  }
  taken.set(socket, chain)
  return chain
}
