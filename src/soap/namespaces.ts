export const soap11 = 'http://schemas.xmlsoap.org/soap/envelope/'
export const soap12 = 'http://www.w3.org/2003/05/soap-envelope'
/** WS-Addressing: the member submission and the recommendation. */
export const wsa2004 = 'http://schemas.xmlsoap.org/ws/2004/08/addressing'
export const wsa2005 = 'http://www.w3.org/2005/08/addressing'

/** Which SOAP a message is in. An answer is in the version of its request. */
export type SoapVersion = '1.1' | '1.2'

export const envelopeNamespace = (version: SoapVersion): string => (version === '1.1' ? soap11 : soap12)

/** The content type of a message, without parameters. */
export const soapMediaType = (version: SoapVersion): string => (version === '1.1' ? 'text/xml' : 'application/soap+xml')

/** The content type of what is sent: always UTF-8. */
export const soapContentType = (version: SoapVersion): string => `${soapMediaType(version)}; charset=utf-8`
