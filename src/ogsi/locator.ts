import type { QName } from '../core/qname.ts'

/** A locator as the contract has it (OGSI 1.0 section 7.5.3): handles, references and portTypes of one Grid service. */
export interface Locator {
  readonly handle?: readonly string[]
  /** References as decoded; ours are of type ogsi:WSDLReferenceType. */
  readonly reference?: readonly object[]
  readonly interface?: readonly QName[]
}

/** A locator that holds a handle only. */
export const locatorOf = (handle: string): Locator => ({ handle: [handle] })
