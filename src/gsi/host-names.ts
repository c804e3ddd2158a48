import { isIP } from 'node:net'
import { bareHost } from '../core/http-address.ts'
import type { Certificate } from './certificate.ts'
import { attributeText } from './dn.ts'
import { ipOctets } from './ip-octets.ts'
import { oid } from './oids.ts'

/**
 * Whether a certificate is for a host (RFC 6125 section 6): one of its DNS names or addresses; when it has no DNS name,
 * its last CN, which grid certificates also write as `host/NAME` or `SERVICE/NAME`. `*` stands for a whole first label.
 */
export function isForHost(certificate: Certificate, host: string): boolean {
  const wanted = bareHost(host).replace(/\.$/, '').toLowerCase()
  const names = certificate.subjectAltName ?? []
  if (isIP(wanted) !== 0) {
    const octets = ipOctets(wanted)
    return names.some(name => name.kind === 'ip' && name.octets.equals(octets))
  }
  const dns = names.flatMap(name => (name.kind === 'dns' ? [name.text] : []))
  return (dns.length > 0 ? dns : commonName(certificate)).some(name => matches(name.toLowerCase(), wanted))
}

function commonName({ subject }: Certificate): string[] {
  const last = subject.rdns.findLast(rdn => rdn.length === 1 && rdn[0]?.type === oid.commonName)?.[0]
  return last === undefined ? [] : [attributeText(last).replace(/^[a-z]+\//i, '')]
}

function matches(pattern: string, host: string): boolean {
  if (!pattern.startsWith('*.')) return pattern === host
  const dot = host.indexOf('.')
  // Not a whole top-level domain: *.org is nobody's host.
  return dot > 0 && pattern.indexOf('.', 2) > 0 && host.slice(dot) === pattern.slice(1)
}
