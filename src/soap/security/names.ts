/** Namespaces and identifiers of Web Services Security: SOAP Message Security 1.0 and 1.1 (OASIS), and of its X.509 token profile. */
const oasis = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss'

export const wsse = `${oasis}-wssecurity-secext-1.0.xsd`
export const wsu = `${oasis}-wssecurity-utility-1.0.xsd`
/** XML Signature Syntax and Processing. */
export const ds = 'http://www.w3.org/2000/09/xmldsig#'

/** X.509 Certificate Token Profile section 3.1.1: one certificate, or an ordered list of them. */
export const x509v3 = `${oasis}-x509-token-profile-1.0#X509v3`
export const x509PkiPath = `${oasis}-x509-token-profile-1.0#X509PKIPathv1`
export const base64Binary = `${oasis}-soap-message-security-1.0#Base64Binary`

export const exclusiveCanonicalization = 'http://www.w3.org/2001/10/xml-exc-c14n#'
export const envelopedSignature = `${ds}enveloped-signature`
