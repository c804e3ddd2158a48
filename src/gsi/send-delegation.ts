import type { TLSSocket } from 'node:tls'
import { readProxyRequest } from './certificate-request.ts'
import type { Credential } from './credential.ts'
import { signProxy } from './proxy.ts'
import { readOneDer } from './receive-delegation.ts'

/** What an initiator delegates: nothing, or a proxy of its own that may do as much as it says. */
export type Delegation = 'none' | 'limited' | 'full'

/**
 * The initiator's half of delegation in a Globus security context, after its `D`: signs the key that the acceptor asks
 * for. Takes a paused socket and leaves it paused. Throws DerError when something else than a request comes,
 * GridwrapError when the credential may not issue such a proxy.
 */
export async function sendDelegation(
  socket: TLSSocket,
  credential: Credential,
  kind: Exclude<Delegation, 'none'>,
  hours = 12,
): Promise<void> {
  const request = await readOneDer(socket)
  socket.write(signProxy(credential, readProxyRequest(request), { kind, hours }).der)
}
