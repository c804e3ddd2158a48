import { isId } from '../core/ids.ts'

/**
 * Grid Service Handles (OGSI 1.0 section 7.5.2): a handle names one instance for all time, so it is made from the
 * configured authority and never from a Host header.
 */
export interface Handles {
  readonly instance: (id: string) => string
  readonly service: (name: string) => string
  /** Where credentials are delegated. */
  readonly delegation: () => string
  /** The id in a handle made under this authority or one of its aliases; undefined when it names no instance of ours. */
  readonly idOf: (handle: string) => string | undefined
}

export function makeHandles(authority: string, aliases: readonly string[] = []): Handles {
  const base = `https://${authority}`
  const known = new Set([authority, ...aliases])
  return {
    instance: id => `${base}/instances/${id}`,
    service: name => `${base}/services/${name}`,
    delegation: () => `${base}/delegation`,
    idOf: handle => {
      const match = /^https:\/\/([^/]{1,255})\/instances\/([^/?#]{1,64})$/.exec(handle)
      const [, host = '', id = ''] = match ?? []
      return known.has(host) && isId(id) ? id : undefined
    },
  }
}
