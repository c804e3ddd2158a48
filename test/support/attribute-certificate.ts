import type { KeyObject } from 'node:crypto'
import type { Certificate } from '../../src/gsi/certificate.ts'
import { randomSerial, writeExtension } from '../../src/gsi/certificate-builder.ts'
import type { Extension } from '../../src/gsi/certificate-extensions.ts'
import { derTag } from '../../src/gsi/der.ts'
import {
  der,
  derBitString,
  derExplicit,
  derImplicit,
  derInteger,
  derNull,
  derOctetString,
  derOid,
  derSequence,
  derSetOf,
} from '../../src/gsi/der-writer.ts'
import type { DistinguishedName } from '../../src/gsi/dn.ts'
import { oid } from '../../src/gsi/oids.ts'
import { signBytes, signingAlgorithm } from '../../src/gsi/signature.ts'

/** What an attribute certificate is to say; it is signed whatever that is. */
export interface Attributes {
  readonly signer: { readonly certificate: Certificate; readonly key: KeyObject }
  readonly holder: Certificate
  readonly vo: string
  readonly fqans: readonly string[]
  readonly host?: string
  readonly notBefore?: number
  readonly notAfter?: number
  /** Certificates that go along; default the signer's. */
  readonly certificates?: readonly Certificate[]
  readonly targets?: readonly string[]
  readonly extensions?: readonly Extension[]
  /** Holder by name only. */
  readonly byName?: boolean
  readonly generic?: readonly { readonly name: string; readonly value: string }[]
  readonly noRevAvail?: boolean
}

const directoryName = (name: DistinguishedName): Buffer => derExplicit(4, name.der)
const octets = (text: string): Buffer => derOctetString(Buffer.from(text))
const generalizedTime = (time: number): Buffer =>
  der(derTag.generalizedTime, Buffer.from(`${new Date(time).toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`))

/** Makes an attribute certificate as VOMS servers make them (RFC 5755, GFD.182). */
export function writeAttributeCertificate(wanted: Attributes): Buffer {
  const { signer, holder, vo, host = 'voms.example.org', generic = [] } = wanted
  const authority = derImplicit(6, Buffer.from(`${vo}://${host}:15000`))
  const extension = (id: string, value: Buffer, critical = false): Extension => ({ oid: id, critical, value })
  const serial = Buffer.from(holder.serial.padStart(holder.serial.length + (holder.serial.length % 2), '0'), 'hex')
  const extensions = [
    extension(
      oid.vomsCertificates,
      derSequence(derSequence(...(wanted.certificates ?? [signer.certificate]).map(one => one.der))),
    ),
    ...(wanted.noRevAvail === false ? [] : [extension(oid.noRevocationAvailable, derNull())]),
    ...(generic.length === 0
      ? []
      : [
          extension(
            oid.vomsGenericAttributes,
            derSequence(
              derSequence(
                derSequence(
                  derSequence(authority),
                  derSequence(
                    ...generic.map(({ name, value }) => derSequence(octets(name), octets(value), octets(vo))),
                  ),
                ),
              ),
            ),
          ),
        ]),
    ...(wanted.targets === undefined
      ? []
      : [
          extension(
            oid.targetInformation,
            derSequence(
              derSequence(...wanted.targets.map(target => derExplicit(0, derImplicit(6, Buffer.from(target))))),
            ),
            true,
          ),
        ]),
    ...(wanted.extensions ?? []),
  ]
  const info = derSequence(
    derInteger(1),
    derSequence(
      wanted.byName === true
        ? derExplicit(1, directoryName(holder.subject))
        : derExplicit(0, derSequence(directoryName(holder.issuer)), derInteger(serial)),
    ),
    derExplicit(0, derSequence(directoryName(signer.certificate.subject))),
    signingAlgorithm(signer.key),
    derInteger(randomSerial(8)),
    derSequence(
      generalizedTime(wanted.notBefore ?? holder.notBefore),
      generalizedTime(wanted.notAfter ?? holder.notAfter),
    ),
    derSequence(
      derSequence(
        derOid(oid.vomsFqans),
        derSetOf([derSequence(derExplicit(0, authority), derSequence(...wanted.fqans.map(octets)))]),
      ),
    ),
    derSequence(...extensions.map(writeExtension)),
  )
  const { algorithm, signature } = signBytes(info, signer.key)
  return derSequence(info, algorithm, derBitString(signature))
}

/** The extension of a proxy that holds attribute certificates. */
export const vomsExtension = (...certificates: readonly Buffer[]): Extension => ({
  oid: oid.vomsAttributeCertificates,
  critical: false,
  value: derSequence(derSequence(...certificates)),
})
