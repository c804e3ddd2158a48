import type { Locator } from '../../ogsi/locator.ts'
import type { TerminationTime } from '../../ogsi/termination-time.ts'
import type { RegistrationRow } from '../../store/rows.ts'

/** One entry of the registry (OGSI 1.0 section 13.1.1): a service of this container, or one that somebody registered. */
export interface RegistryEntry {
  readonly handle: string
  readonly member: Locator
  /** The elements of its content, one behind the other, each complete in itself. */
  readonly content: string
  readonly lifetime: TerminationTime
  /** Undefined: a service of this container, which is there as long as it is offered. */
  readonly row: RegistrationRow | undefined
}
