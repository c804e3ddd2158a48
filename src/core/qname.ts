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

export const sameName = (a: QName, b: QName): boolean => a.local === b.local && a.namespace === b.namespace
