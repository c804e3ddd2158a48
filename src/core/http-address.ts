/** A host as sockets take it: URLs write addresses of IPv6 in brackets (RFC 3986 section 3.2.2). */
export const bareHost = (host: string): string => host.replace(/^\[|\]$/g, '')

/** An http, https or httpg address; undefined for text that is none. As nobody knows httpg, it is read as https. */
export const readHttpAddress = (text: string): URL | undefined => {
  if (!/^http[sg]?:\/\//i.test(text)) return undefined
  return URL.parse(text.replace(/^httpg:/i, 'https:')) ?? undefined
}
