import type { QName } from '../../core/qname.ts'
import type { TerminationTime } from '../../ogsi/termination-time.ts'
import type { Contract } from '../../wsdl/contract-model.ts'

/** The values of a service data element as they are now, as the serializer takes them; null is nil. */
export type Values = () => readonly unknown[] | Promise<readonly unknown[]>

/**
 * Changes a modifiable element: takes the values that are appended to an extendable one, or all that a mutable one is to
 * have. They follow the contract, and the element's rules of how many there may be. Throws GridwrapError.
 */
export type Change = (values: readonly unknown[], by: string) => Promise<void>

/** What OGSI's own operations need to know of a Grid service, whatever it is of (OGSI 1.0 section 9). */
export interface GridService {
  readonly contract: Contract
  /** The most derived one. */
  readonly portType: QName
  readonly handle: string
  /** The handle of the factory that made it; undefined when none did. */
  readonly factory: string | undefined
  readonly lifetime: TerminationTime
  /** Its own service data by name in Clark's notation; what its portTypes declare and is not here has no value. */
  readonly values: ReadonlyMap<string, Values>
  readonly changes: ReadonlyMap<string, Change>
  /** Sets another window, and answers the one that it has now. Undefined: it lasts as long as it is configured. */
  readonly live?: (wanted: TerminationTime) => Promise<TerminationTime>
  /** Ends it. Undefined: no call can. */
  readonly end?: (by: string) => Promise<void>
}
