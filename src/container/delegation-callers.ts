import { GridwrapError } from '../core/errors.ts'
import type { GsiIdentity } from '../core/identity.ts'
import type { Callers } from '../delegation/httpg-delegation.ts'
import type { ConnectionPeers } from './connection-peer.ts'
import { admit } from './stages/admit.ts'
import { type PermitParts, permit } from './stages/permit.ts'

/**
 * Who may delegate while they connect: those who are let in and may delegate at all, decided and written down like every
 * call.
 */
export const delegationCallers = (peers: ConnectionPeers, parts: PermitParts): Callers => ({
  identify: (chain, socket) => peers.identityOf(chain, socket),
  admits: (identity, { remoteAddress: peer }) => {
    if (!passes(() => admit(identity, parts, { request: 'httpg delegation', peer }))) return undefined
    return passes(() => delegate(identity, parts)) ? 'to-delegate' : 'without'
  },
})

const delegate = (identity: GsiIdentity, parts: PermitParts): void =>
  permit(
    { identity, action: 'credential.delegate', service: undefined, instance: undefined, operation: 'httpg' },
    parts,
  )

function passes(stage: () => unknown): boolean {
  try {
    stage()
    return true
  } catch (error) {
    if (error instanceof GridwrapError) return false
    throw error
  }
}
