/** A schema or WSDL that cannot be used, ours or a foreign one. The message names the construct, where it is, and what is taken instead. */
export class ContractError extends Error {
  override readonly name = 'ContractError'
}
