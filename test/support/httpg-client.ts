import { once } from 'node:events'
import { connect, type TLSSocket } from 'node:tls'
import { readProxyRequest } from '../../src/gsi/certificate-request.ts'
import type { Credential } from '../../src/gsi/credential.ts'
import { signProxy } from '../../src/gsi/proxy.ts'
import type { TestSite } from './site.ts'

/** A connection as a Globus client makes it: TLS 1.2 without ALPN, then its flag. */
export async function connectHttpg(site: TestSite, credential: Credential, flag: '0' | 'D'): Promise<TLSSocket> {
  const socket = connect({
    ...{ host: '127.0.0.1', port: site.port, servername: 'localhost', rejectUnauthorized: false },
    ...{ ...credential.toTls(), maxVersion: 'TLSv1.2' },
  })
  await once(socket, 'secureConnect')
  socket.write(flag)
  return socket
}

/** The initiator's half of a delegation: signs what the container asks for. */
export async function delegate(
  socket: TLSSocket,
  credential: Credential,
  kind: 'full' | 'limited' = 'full',
): Promise<void> {
  const [request] = (await once(socket, 'data')) as [Buffer]
  socket.write(signProxy(credential, readProxyRequest(request), { kind, hours: 2 }).der)
}

/** One SOAP call on the connection, which ends with it. Resolves with all that was answered. */
export async function callOver(socket: TLSSocket, path: string, body: string): Promise<string> {
  const chunks: Buffer[] = []
  socket.on('data', chunk => chunks.push(chunk))
  const over = once(socket, 'close')
  socket.write(
    `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/xml\r\nConnection: close\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
  await over
  return Buffer.concat(chunks).toString('utf8')
}
