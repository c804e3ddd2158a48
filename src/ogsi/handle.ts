/**
 * Grid Service Handles (OGSI 1.0 section 7.5.2): a handle names one instance for all time, so it is made from the
 * configured authority and never from a Host header.
 */
export interface Handles {
  readonly instance: (id: string) => string
  readonly service: (name: string) => string
  /** Where credentials are delegated. */
  readonly delegation: () => string
  readonly resolver: () => string
  readonly registry: () => string
  /** The entry of the registry that somebody has made. */
  readonly entry: (id: string) => string
  /** The entry of the registry for a service of this container. */
  readonly offer: (service: string) => string
  readonly subscription: (id: string) => string
  /** A hosted class, or one of its objects. */
  readonly hosted: (service: string, id?: string) => string
  /** The entry of the registry for a hosted class. */
  readonly hostedOffer: (service: string) => string
  /** The path of a handle made under this authority or one of its aliases, in segments; undefined when it is another's. */
  readonly pathOf: (handle: string) => readonly string[] | undefined
}

export function makeHandles(authority: string, aliases: readonly string[] = []): Handles {
  const base = `https://${authority}`
  const known = new Set([authority, ...aliases])
  return {
    instance: id => `${base}/instances/${id}`,
    service: name => `${base}/services/${name}`,
    delegation: () => `${base}/delegation`,
    resolver: () => `${base}/resolver`,
    registry: () => `${base}/registry`,
    entry: id => `${base}/registry/${id}`,
    offer: service => `${base}/registry/services/${service}`,
    subscription: id => `${base}/subscriptions/${id}`,
    hosted: (service, id) => `${base}/hosted/${service}${id === undefined ? '' : `/${id}`}`,
    hostedOffer: service => `${base}/registry/hosted/${service}`,
    pathOf: handle => {
      const [, host = '', path = ''] = httpsHandle.exec(handle) ?? []
      return known.has(host) ? path.split('/').slice(1) : undefined
    },
  }
}

/** The form of the handles that containers make: neither query nor escapes, at most three names. */
const httpsHandle = /^https:\/\/([^/?#@\s]{1,255})((?:\/[A-Za-z0-9._-]{1,64}){1,3})$/

/** The resolver to ask about a handle of another container; undefined when it is no container's handle. */
export function resolverOf(handle: string): string | undefined {
  const [, host, path = ''] = httpsHandle.exec(handle) ?? []
  return host !== undefined && /^\/(?:instances|services|registry|subscriptions|hosted)\//.test(path)
    ? `https://${host}/resolver`
    : undefined
}
