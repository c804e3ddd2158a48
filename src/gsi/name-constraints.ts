import { canonicalRdns } from './canonical-rdn.ts'
import type { Certificate } from './certificate.ts'
import type { GeneralName, NameConstraints } from './certificate-extensions.ts'
import { attributeText, type DistinguishedName } from './dn.ts'
import { oid } from './oids.ts'

/**
 * Why a certificate's names break the constraints of an authority above it (RFC 5280 section 4.2.1.10), or undefined.
 * Directory and DNS names are compared; a name of another form that is constrained at all is refused.
 */
export function constraintBroken(constraints: NameConstraints, certificate: Certificate): string | undefined {
  for (const name of namesOf(certificate)) {
    const permitted = constraints.permitted.filter(base => sameForm(base, name))
    const excluded = constraints.excluded.filter(base => sameForm(base, name))
    if (permitted.length + excluded.length === 0) continue
    if (name.kind !== 'directory' && name.kind !== 'dns') {
      return `the authority constrains names of the form "${name.kind}", which is not understood here`
    }
    if (excluded.some(base => within(base, name))) return `the authority may not issue for ${show(name)}`
    if (permitted.length > 0 && !permitted.some(base => within(base, name))) {
      return `${show(name)} is outside the names for which the authority may issue`
    }
  }
  return undefined
}

function namesOf(certificate: Certificate): GeneralName[] {
  const names: GeneralName[] = [...(certificate.subjectAltName ?? [])]
  if (certificate.subject.rdns.length > 0) names.push({ kind: 'directory', name: certificate.subject })
  for (const attribute of certificate.subject.rdns.flat()) {
    // Addresses in the name count where the alternative names have none (RFC 5280 section 4.2.1.10).
    if (attribute.type === oid.emailAddress) names.push({ kind: 'email', text: attributeText(attribute) })
  }
  return names
}

const sameForm = (a: GeneralName, b: GeneralName): boolean =>
  a.kind === b.kind && (a.kind !== 'other' || b.kind !== 'other' || a.form === b.form)

function within(base: GeneralName, name: GeneralName): boolean {
  if (base.kind === 'directory' && name.kind === 'directory') return isPrefix(base.name, name.name)
  if (base.kind === 'dns' && name.kind === 'dns') {
    const [zone, host] = [base.text.toLowerCase().replace(/^\./, ''), name.text.toLowerCase()]
    return zone === '' || host === zone || host.endsWith(`.${zone}`)
  }
  return false
}

/** In canonical form: another encoding, or case, of an excluded name is no way round (RFC 5280 section 7.1). */
function isPrefix(base: DistinguishedName, name: DistinguishedName): boolean {
  const [front, whole] = [canonicalRdns(base), canonicalRdns(name)]
  return front.every((rdn, i) => whole[i]?.equals(rdn) === true)
}

const show = (name: GeneralName): string =>
  name.kind === 'directory' ? name.name.slash : 'text' in name ? `"${name.text}"` : 'this name'
