import type { TLSSocket } from 'node:tls'

/** What a peer says first on a GSI connection: the flag of the Globus security context, or the protocol itself. */
export type FirstRecord = 'no-delegation' | 'delegation' | 'plain'

/**
 * Looks at the first application record of a TLS 1.2 connection. A record of exactly one octet, `0` or `D`, is the flag
 * with which Globus clients begin and is swallowed; anything else is put back untouched. Undefined when the peer closed
 * first. Must be called in the same turn in which the handshake ended: each chunk is one record only while it flows.
 */
export const readFirstRecord = (socket: TLSSocket): Promise<FirstRecord | undefined> =>
  new Promise(resolve => {
    const done = (first: FirstRecord | undefined): void => {
      socket.off('data', onData).off('close', onEnd).off('end', onEnd)
      socket.pause()
      resolve(first)
    }
    const onEnd = (): void => done(undefined)
    const onData = (chunk: Buffer): void => {
      const flag = chunk.length === 1 ? chunk[0] : undefined
      if (flag === 0x30) done('no-delegation')
      else if (flag === 0x44) done('delegation')
      else {
        done('plain')
        socket.unshift(chunk)
      }
    }
    socket.on('data', onData).on('close', onEnd).on('end', onEnd)
  })
