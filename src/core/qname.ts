/** A qualified name (Namespaces in XML 1.0, section 2.1). An empty namespace is no namespace. */
export interface QName {
  readonly namespace: string
  readonly local: string
}

export const qname = (namespace: string, local: string): QName => ({ namespace, local })

/** James Clark's notation `{namespace}local`: the form in which names are keys of maps and stand in messages. */
export const clark = (name: QName): string => (name.namespace === '' ? name.local : `{${name.namespace}}${name.local}`)

/** The inverse of {@link clark}. */
export function fromClark(text: string): QName {
  const end = text.startsWith('{') ? text.indexOf('}') : -1
  return end < 0 ? { namespace: '', local: text } : { namespace: text.slice(1, end), local: text.slice(end + 1) }
}

/** A name in a text, by the prefixes in scope (Namespaces in XML 1.0, section 4); undefined when its prefix is not declared. */
export function resolveQName(text: string, prefixes: ReadonlyMap<string, string>): QName | undefined {
  const colon = text.indexOf(':')
  const prefix = colon < 0 ? '' : text.slice(0, colon)
  const namespace = prefixes.get(prefix) ?? (prefix === '' ? '' : undefined)
  return namespace === undefined ? undefined : qname(namespace, text.slice(colon + 1))
}

export const sameName = (a: QName, b: QName): boolean => a.local === b.local && a.namespace === b.namespace
