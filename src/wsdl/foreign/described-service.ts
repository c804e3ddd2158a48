import type { Contract } from '../contract-model.ts'
import type { ServicePort } from '../wsdl-reader.ts'
import type { Wire } from './bindings.ts'

/** Where operations are answered, and how they are said on the wire; of gridwrap's own services all alike. */
export interface DescribedPort extends Pick<ServicePort, 'address' | 'portType' | 'soap'> {
  /** By the name of the operation; what is not here cannot be called. Undefined: document/literal, to the letter. */
  readonly wires?: ReadonlyMap<string, Wire>
}

/** What a WSDL says of a service. */
export interface DescribedService {
  readonly contract: Contract
  readonly ports: readonly DescribedPort[]
  /** Operations that cannot be called, and why. */
  readonly omitted: readonly { readonly operation: string; readonly why: string }[]
  /** Types of SOAP's encoded arrays, in Clark's notation. */
  readonly arrays: ReadonlySet<string>
}
