import type { KeyObject } from 'node:crypto'
import type { TLSSocket } from 'node:tls'
import { maximumCertificateSize } from './certificate.ts'
import { writeProxyRequest } from './certificate-request.ts'
import { DerError, derTag } from './der.ts'

/**
 * The acceptor's half of delegation in a Globus security context, after the initiator's `D`: sends a certification
 * request for the key and resolves with the proxy certificate that comes back, both raw DER without a length before them
 * (one TLS record each in Globus programs). Takes a paused socket and leaves it paused behind the certificate. The
 * caller bounds the time. Throws DerError when something else comes, Error when the peer hangs up.
 */
export async function receiveDelegation(socket: TLSSocket, key: KeyObject): Promise<Buffer> {
  socket.write(writeProxyRequest(key))
  return readOneDer(socket)
}

/** One DER value of at most the size of a certificate, from a paused socket, which is left paused behind it. */
export const readOneDer = (socket: TLSSocket): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    let seen: Buffer = Buffer.alloc(0)
    const stop = (): void => {
      socket.off('data', onData).off('close', onEnd).off('end', onEnd)
      socket.pause()
    }
    const onEnd = (): void => {
      stop()
      reject(new Error('The peer hung up in the middle of the delegation.'))
    }
    const onData = (chunk: Buffer): void => {
      seen = seen.length === 0 ? chunk : Buffer.concat([seen, chunk])
      let size: number | undefined
      try {
        size = sizeOfCertificate(seen)
      } catch (error) {
        stop()
        reject(error)
        return
      }
      if (size === undefined || seen.length < size) return
      stop()
      if (seen.length > size) socket.unshift(seen.subarray(size))
      resolve(seen.subarray(0, size))
    }
    // Its end was told before anybody listened.
    if (socket.destroyed || socket.readableEnded) return onEnd()
    socket.on('data', onData).on('close', onEnd).on('end', onEnd)
    socket.resume()
  })

/** Octets of the SEQUENCE that begins here, head and all; undefined as long as its head is not whole. */
function sizeOfCertificate(bytes: Buffer): number | undefined {
  const [tag, first] = bytes
  if (tag !== undefined && tag !== derTag.sequence)
    throw new DerError(`A certificate begins with 0x30, and here 0x${tag.toString(16)} came.`)
  if (first === undefined) return undefined
  const octets = first < 0x80 ? 0 : first & 0x7f
  if (first === 0x80 || octets > 2)
    throw new DerError(`The certificate is longer than ${maximumCertificateSize} bytes.`)
  if (bytes.length < 2 + octets) return undefined
  const size = 2 + octets + (octets === 0 ? first : bytes.readUIntBE(2, octets))
  if (size > maximumCertificateSize)
    throw new DerError(`A certificate of ${size} bytes is longer than ${maximumCertificateSize}.`)
  return size
}
