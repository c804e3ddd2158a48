/** What the other end of an FTP dialog said breaks the protocol, or its bounds. The connection is of no more use. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError'
}
