import type { InstanceStore, Viewer } from '../store/instance-store.ts'
import type { InstanceRow } from '../store/rows.ts'
import { describePrincipal } from './principal.ts'

/** With whom an instance is shared, as the contract has it (Sharing of wsdl/job.xsd). */
export interface Sharing {
  readonly share: readonly { readonly with: string; readonly right: 'read' | 'control' }[]
}

export const sharingOf = async (id: string, instances: InstanceStore): Promise<Sharing> => ({
  share: (await instances.shares(id)).map(({ principal, permits }) => ({
    with: describePrincipal(principal),
    right: permits,
  })),
})

/** Whether a viewer is told everything of an instance: its owner, or an administrator. */
export const owns = ({ administrator, principals }: Viewer, { owner }: Pick<InstanceRow, 'owner'>): boolean =>
  administrator || principals.includes(owner)
