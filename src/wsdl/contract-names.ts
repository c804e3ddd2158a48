import { type QName, qname } from '../core/qname.ts'
import { applicationNamespace } from './names.ts'

/** `gap_open` and `gap-open` as stub generators write types: `GapOpen`. */
export const pascalCase = (name: string): string =>
  name
    .split(/[^A-Za-z0-9]+/)
    .map(word => word.slice(0, 1).toUpperCase() + word.slice(1))
    .join('')

/**
 * The names that the contract of an application is made of. Ports, portTypes and service differ ignoring case (Axis),
 * and input types end in Value, so that none is called like a wrapper (JAX-WS).
 */
export function contractNames(application: string) {
  const namespace = applicationNamespace(application)
  const name = pascalCase(application)
  const own = (local: string): QName => qname(namespace, local)
  return {
    namespace,
    service: own(`${name}Service`),
    factory: { port: name, portType: own(`${name}PortType`), binding: own(`${name}Binding`) },
    job: { port: `${name}Job`, portType: own(`${name}JobPortType`), binding: own(`${name}JobBinding`) },
    results: own(`${name}Results`),
    inputType: (input: string): QName => own(`${pascalCase(input)}Value`),
  }
}
