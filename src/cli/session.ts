import { HttpsConnection } from '../client/https-connection.ts'
import { findCredential, trustDirectory } from '../gsi/find-credential.ts'
import { endEntityOf } from '../gsi/proxy-generation.ts'
import type { Delegation } from '../gsi/send-delegation.ts'

/** Who calls: the name of the end entity behind one's credential, as containers know its owner. */
export function ownName(): string {
  const { certificate, certificates } = findCredential()
  return (endEntityOf(certificates) ?? certificate).subject.slash
}

/** A connection with the credential and the trusted authorities where grid users keep them. The caller disposes of it. */
export const openSession = (delegation: Delegation = 'none'): HttpsConnection =>
  new HttpsConnection({ credential: findCredential(), trustDirectory: trustDirectory(), delegation })
