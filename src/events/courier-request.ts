/** A notification, as the keeper asks the courier to deliver it. */
export interface CourierRequest {
  /** An https, httpg or http address. */
  readonly url: string
  /** A SOAP 1.1 envelope, and the action of its operation. */
  readonly message: string
  readonly action: string
  /** The credential of the container, with its key, in PEM. */
  readonly credential: string
  readonly timeoutMs: number
}
