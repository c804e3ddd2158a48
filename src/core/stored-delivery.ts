/** An output that is to be sent somewhere, as its owner asked. */
export interface StoredDelivery {
  /** The name of the output. */
  readonly output: string
  readonly url: string
}
