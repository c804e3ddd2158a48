import { type Identity, ownerKey } from '../core/identity.ts'
import { normalSlash } from '../gsi/normal-slash.ts'
import type { AuthorizationAdapter, AuthorizationRequest, Verdict } from './adapter.ts'

const readable = new Set(['instance.read'])
// Not its lifetime: to let an instance end at once is to destroy it.
const controllable = new Set(['instance.read', 'instance.write', 'instance.control'])

/**
 * Permits owners everything with their instances, those with whom one is shared what was shared, and administrators
 * (by distinguished name) everything.
 */
export class Owner implements AuthorizationAdapter {
  readonly name = 'owner'
  readonly judgesParameters = false
  readonly #administrators: ReadonlySet<string>

  constructor(administrators: readonly string[]) {
    this.#administrators = new Set(administrators.map(normalSlash))
  }

  isAdministrator(identity: Identity): boolean {
    return identity.scheme === 'gsi' && this.#administrators.has(identity.subject)
  }

  knows(identity: Identity): boolean {
    return this.isAdministrator(identity)
  }

  decide({ identity, action, instance }: AuthorizationRequest): Verdict {
    if (this.isAdministrator(identity)) return { effect: 'permit', rule: 'the caller is an administrator' }
    if (instance === undefined) return { effect: 'abstain', rule: 'no instance is meant' }
    if (instance.owner === ownerKey(identity)) return { effect: 'permit', rule: 'the caller owns the instance' }
    const shared = instance.shared === 'control' ? controllable : instance.shared === 'read' ? readable : undefined
    if (shared?.has(action) === true) return { effect: 'permit', rule: `the owner shared it (${instance.shared})` }
    return { effect: 'abstain', rule: 'the instance is somebody else’s' }
  }
}
