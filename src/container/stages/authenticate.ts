import type { TLSSocket } from 'node:tls'
import type { Identity } from '../../core/identity.ts'
import type { ConnectionPeers } from '../connection-peer.ts'

/** Stage 1: the TLS peer's chain → an identity, or anonymous when there is none. Ends with a fault when the chain is not valid. */
export const authenticate = (socket: TLSSocket, peers: ConnectionPeers): Identity => peers.identify(socket)
