import type { Socket } from 'node:net'
import { type ClientHelloReading, readClientHello } from './client-hello.ts'

/** What has come is read again with every piece; a peer that sends octet by octet must not make that costly. */
const maximumPieces = 1024

/**
 * Waits for the first bytes of a raw connection until they can be judged, and puts them back: the socket is as it was,
 * paused. Undefined when the peer closed first. The caller bounds the time.
 */
export const peekClientHello = (
  socket: Socket,
): Promise<Exclude<ClientHelloReading, { kind: 'incomplete' }> | undefined> =>
  new Promise(resolve => {
    let seen = Buffer.alloc(0)
    let pieces = 0
    const stop = (): void => {
      socket.off('data', onData).off('close', onEnd).off('end', onEnd)
      socket.pause()
    }
    const onEnd = (): void => {
      stop()
      resolve(undefined)
    }
    const onData = (chunk: Buffer): void => {
      seen = Buffer.concat([seen, chunk])
      let reading = readClientHello(seen)
      if (reading.kind === 'incomplete') {
        if (++pieces < maximumPieces) return
        reading = { kind: 'not-tls', why: `the ClientHello comes in more than ${maximumPieces} pieces`, isHttp: false }
      }
      stop()
      socket.unshift(seen)
      resolve(reading)
    }
    socket.on('data', onData).on('close', onEnd).on('end', onEnd)
  })
