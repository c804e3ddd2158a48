import { constants } from 'node:crypto'
import type { TlsOptions } from 'node:tls'
import type { Credential } from './credential.ts'

/**
 * How the container speaks TLS. Every client is asked for a certificate and none is refused for it: OpenSSL's verdict on
 * proxies is worthless. A resumed session has lost the proxy chain, so there are no tickets.
 */
export const serverTlsOptions = (credential: Credential, maxVersion: 'TLSv1.2' | 'TLSv1.3'): TlsOptions => ({
  ...credential.toTls(),
  // No authorities of Node's own: nobody asks for its verdict, and reading them takes time.
  ca: [],
  requestCert: true,
  rejectUnauthorized: false,
  minVersion: 'TLSv1.2',
  maxVersion,
  secureOptions: constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION,
  ciphers: [
    'TLS_AES_256_GCM_SHA384',
    'TLS_CHACHA20_POLY1305_SHA256',
    'TLS_AES_128_GCM_SHA256',
    'ECDHE+AESGCM',
    'ECDHE+CHACHA20',
    '!aNULL',
  ].join(':'),
  honorCipherOrder: true,
})
