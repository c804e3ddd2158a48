/** Object identifiers in dotted form, by the document that defines them. */
export const oid = {
  // RFC 5280
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  issuerAltName: '2.5.29.18',
  basicConstraints: '2.5.29.19',
  crlNumber: '2.5.29.20',
  crlReason: '2.5.29.21',
  invalidityDate: '2.5.29.24',
  issuingDistributionPoint: '2.5.29.28',
  nameConstraints: '2.5.29.30',
  crlDistributionPoints: '2.5.29.31',
  certificatePolicies: '2.5.29.32',
  policyMappings: '2.5.29.33',
  authorityKeyIdentifier: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
  inhibitAnyPolicy: '2.5.29.54',
  anyExtendedKeyUsage: '2.5.29.37.0',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
  emailProtection: '1.3.6.1.5.5.7.3.4',
  // RFC 2985 section 5.4.2
  extensionRequest: '1.2.840.113549.1.9.14',
  // RFC 3820
  proxyCertInfo: '1.3.6.1.5.5.7.1.14',
  proxyInheritAll: '1.3.6.1.5.5.7.21.1',
  proxyIndependent: '1.3.6.1.5.5.7.21.2',
  // Globus
  proxyLimited: '1.3.6.1.4.1.3536.1.1.1.9',
  proxyCertInfoDraft: '1.3.6.1.4.1.3536.1.222',
  // RFC 5755
  noRevocationAvailable: '2.5.29.56',
  targetInformation: '2.5.29.55',
  // VOMS (GFD.182)
  vomsFqans: '1.3.6.1.4.1.8005.100.100.4',
  vomsCertificates: '1.3.6.1.4.1.8005.100.100.10',
  vomsAttributeCertificates: '1.3.6.1.4.1.8005.100.100.5',
  vomsGenericAttributes: '1.3.6.1.4.1.8005.100.100.11',
  // Names: X.520, RFC 4519
  commonName: '2.5.4.3',
  emailAddress: '1.2.840.113549.1.9.1',
  domainComponent: '0.9.2342.19200300.100.1.25',
  // Signatures: RFC 8017, RFC 5758, RFC 8410
  sha256WithRsa: '1.2.840.113549.1.1.11',
  sha384WithRsa: '1.2.840.113549.1.1.12',
  sha512WithRsa: '1.2.840.113549.1.1.13',
  rsaPss: '1.2.840.113549.1.1.10',
  mgf1: '1.2.840.113549.1.1.8',
  sha256: '2.16.840.1.101.3.4.2.1',
  sha384: '2.16.840.1.101.3.4.2.2',
  sha512: '2.16.840.1.101.3.4.2.3',
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  ecdsaWithSha384: '1.2.840.10045.4.3.3',
  ecdsaWithSha512: '1.2.840.10045.4.3.4',
  ed25519: '1.3.101.112',
  ed448: '1.3.101.113',
} as const

/** Signature algorithms that are recognised only to be refused by name: their digests can be forged. */
export const brokenSignatures: ReadonlyMap<string, string> = new Map([
  ['1.2.840.113549.1.1.2', 'md2WithRSAEncryption'],
  ['1.2.840.113549.1.1.4', 'md5WithRSAEncryption'],
  ['1.2.840.113549.1.1.5', 'sha1WithRSAEncryption'],
  ['1.2.840.10045.4.1', 'ecdsa-with-SHA1'],
])

/** Short names of attribute types as OpenSSL, and so Globus, prints them in a distinguished name. */
export const attributeLabels: ReadonlyMap<string, string> = new Map([
  [oid.commonName, 'CN'],
  ['2.5.4.4', 'SN'],
  ['2.5.4.5', 'serialNumber'],
  ['2.5.4.6', 'C'],
  ['2.5.4.7', 'L'],
  ['2.5.4.8', 'ST'],
  ['2.5.4.9', 'street'],
  ['2.5.4.10', 'O'],
  ['2.5.4.11', 'OU'],
  ['2.5.4.12', 'title'],
  ['2.5.4.13', 'description'],
  ['2.5.4.15', 'businessCategory'],
  ['2.5.4.17', 'postalCode'],
  ['2.5.4.41', 'name'],
  ['2.5.4.42', 'GN'],
  ['2.5.4.43', 'initials'],
  ['2.5.4.44', 'generationQualifier'],
  ['2.5.4.46', 'dnQualifier'],
  ['2.5.4.65', 'pseudonym'],
  ['2.5.4.97', 'organizationIdentifier'],
  ['0.9.2342.19200300.100.1.1', 'UID'],
  [oid.domainComponent, 'DC'],
  [oid.emailAddress, 'emailAddress'],
  ['1.2.840.113549.1.9.2', 'unstructuredName'],
])

/** Attribute types by their labels, in any case, with the other spellings that grid files use. */
export const attributeTypes: ReadonlyMap<string, string> = new Map([
  ...[...attributeLabels].map(([type, label]) => [label.toLowerCase(), type] as const),
  ['e', oid.emailAddress],
  ['email', oid.emailAddress],
  ['userid', '0.9.2342.19200300.100.1.1'],
  ['s', '2.5.4.8'],
])
