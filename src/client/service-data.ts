import { clark, type QName } from '../core/qname.ts'
import { baseContract } from '../wsdl/base-contract.ts'
import { JOB, OGSI, ogsiExpressions, ogsiOperations } from '../wsdl/names.ts'
import { EncodedContent, encodeElement } from '../wsdl/serializer.ts'
import { childElements, textOf, type XmlElement } from '../xml/tree.ts'
import type { HttpsConnection } from './https-connection.ts'
import { RemoteFault } from './remote-fault.ts'
import { callSoap } from './soap-call.ts'

/** One value of a service data element, for people. */
export interface ServiceDataLine {
  readonly name: string
  readonly text: string
}

/** findServiceData by names (OGSI 1.0 section 9.2.1); without names, everything but the WSDL reference. */
export async function fetchServiceData(
  url: string,
  names: readonly string[],
  connection: HttpsConnection,
): Promise<readonly ServiceDataLine[]> {
  const asked = names.length > 0 ? names.map(qualified) : await allNames(url, connection)
  return (await query(url, asked, connection)).map(element => ({ name: element.local, text: render(element) }))
}

async function allNames(url: string, connection: HttpsConnection): Promise<readonly QName[]> {
  const names = await query(url, [{ namespace: OGSI, local: 'serviceDataName' }], connection)
  return names
    .map(element => {
      const [prefix = '', local = ''] = textOf(element).trim().split(':')
      return { namespace: element.prefixes.get(prefix) ?? OGSI, local }
    })
    .filter(name => name.local !== 'gridServiceReference' && name.local !== 'serviceDataName')
}

async function query(
  url: string,
  names: readonly QName[],
  connection: HttpsConnection,
): Promise<readonly XmlElement[]> {
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

/** The job's own service data (wsdl/job.gwsdl); all else without a prefix is OGSI's. */
const ofJobs: ReadonlySet<string> = new Set(['state', 'status', 'credential', 'sharing'])

/** A name as people type it: `state`, `job:state`, `ogsi:terminationTime`, or `{namespace}local`. */
function qualified(name: string): QName {
  const own = /^\{(.*)\}(.+)$/.exec(name)
  if (own?.[1] !== undefined && own[2] !== undefined) return { namespace: own[1], local: own[2] }
  const [, prefix, local = name] = /^(job|ogsi):(.+)$/.exec(name) ?? []
  return { namespace: prefix === 'job' || (prefix === undefined && ofJobs.has(local)) ? JOB : OGSI, local }
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
