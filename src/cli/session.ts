import { HttpsConnection } from '../client/https-connection.ts'
import { findCredential, trustDirectory } from '../gsi/find-credential.ts'
import type { Delegation } from '../gsi/send-delegation.ts'

/** A connection with the credential and the trusted authorities where grid users keep them. The caller disposes of it. */
export const openSession = (delegation: Delegation = 'none'): HttpsConnection =>
  new HttpsConnection({ credential: findCredential(), trustDirectory: trustDirectory(), delegation })
