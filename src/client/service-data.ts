import { clark, type QName } from '../core/qname.ts'
import { baseContract } from '../wsdl/base-contract.ts'
import { GRID, JOB, OGSI, ogsiExpressions, ogsiOperations } from '../wsdl/names.ts'
import { EncodedContent, encodeElement } from '../wsdl/serializer.ts'
import { childElements, textOf, type XmlElement } from '../xml/tree.ts'
import { RemoteFault } from './remote-fault.ts'
import { callSoap, type SoapConnection } from './soap-call.ts'

/** One value of a service data element: as a line for people, and for programs as text or structure. */
export interface ServiceDataLine {
  readonly name: string
  readonly text: string
  readonly value: unknown
}

/** findServiceData by names (OGSI 1.0 section 9.2.1); without names, everything but the WSDL reference. */
export async function fetchServiceData(
  url: string,
  names: readonly string[],
  connection: SoapConnection,
): Promise<readonly ServiceDataLine[]> {
  const asked = names.length > 0 ? names.map(qualified) : await allNames(url, connection)
  return (await query(url, asked, connection)).map(element => ({
    ...{ name: element.local, text: render(element), value: structure(element) },
  }))
}

async function allNames(url: string, connection: SoapConnection): Promise<readonly QName[]> {
  const names = await query(url, [{ namespace: OGSI, local: 'serviceDataName' }], connection)
  return names
    .map(element => {
      const [prefix = '', local = ''] = textOf(element).trim().split(':')
      return { namespace: element.prefixes.get(prefix) ?? OGSI, local }
    })
    .filter(name => name.local !== 'gridServiceReference' && name.local !== 'serviceDataName')
}

async function query(url: string, names: readonly QName[], connection: SoapConnection): Promise<readonly XmlElement[]> {
  const expression = new EncodedContent(
    encodeElement(baseContract, ogsiExpressions.queryByServiceDataNames, { name: names }),
  )
  const bodyXml = encodeElement(baseContract, ogsiOperations.findServiceData, {
    queryExpression: { any: [expression] },
  })
  const answer = await callSoap({ address: url, action: `${OGSI}#findServiceData`, bodyXml }, connection)
  const [result] = childElements(answer)
  const [values] = result === undefined ? [] : childElements(result)
  if (values === undefined) throw new RemoteFault(`${url} answered without service data (${clark(answer)})`)
  return childElements(values)
}

const prefixes: ReadonlyMap<string, string> = new Map([
  ['job', JOB],
  ['ogsi', OGSI],
  ['grid', GRID],
])

/**
 * A name as people type it: `job:state`, `ogsi:terminationTime`, `{namespace}local`; `state` alone is the element of that name
 * which the service has.
 */
function qualified(name: string): QName {
  const own = /^\{(.*)\}(.+)$/.exec(name)
  if (own?.[1] !== undefined && own[2] !== undefined) return { namespace: own[1], local: own[2] }
  const [, prefix = '', local = name] = /^(job|ogsi|grid):(.+)$/.exec(name) ?? []
  return { namespace: prefixes.get(prefix) ?? '', local }
}

/** A QName as people read it. */
const withoutPrefix = (element: XmlElement, text: string): string => {
  const [, prefix = '', local = ''] = /^([\w.-]+):([\w.-]+)$/.exec(text) ?? []
  return prefix !== '' && element.prefixes.has(prefix) ? local : text
}

function render(element: XmlElement): string {
  const children = childElements(element)
  const attributes = element.attributes.filter(one => one.local !== 'nil').map(one => `${one.local}=${one.value}`)
  const content =
    children.length > 0
      ? children.map(child => `${child.local}: ${render(child)}`)
      : [withoutPrefix(element, textOf(element).trim())]
  return [...attributes, ...content].filter(part => part !== '').join(', ')
}

/** Text as it is; members by name, several of one name as an array, attributes among them. */
function structure(element: XmlElement): unknown {
  const attributes = element.attributes.filter(one => one.local !== 'nil' && one.local !== 'type')
  const children = childElements(element)
  const text = withoutPrefix(element, textOf(element).trim())
  if (attributes.length === 0 && children.length === 0) return text
  const members: Record<string, unknown> = Object.fromEntries(attributes.map(({ local, value }) => [local, value]))
  const counts = new Map<string, unknown[]>()
  for (const child of children) {
    const values = counts.get(child.local) ?? []
    counts.set(child.local, values)
    values.push(structure(child))
  }
  for (const [name, values] of counts) members[name] = values.length === 1 ? values[0] : values
  return children.length === 0 && text !== '' ? { ...members, value: text } : members
}
