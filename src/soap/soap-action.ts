import { clark, type QName, sameName } from '../core/qname.ts'
import { textOf, type XmlElement } from '../xml/tree.ts'
import { parseContentType } from './content-type.ts'
import { wsa2004, wsa2005 } from './namespaces.ts'

/**
 * The actions that a request names: the SOAPAction header (SOAP 1.1 section 6.1.1) and the `action` parameter of the
 * content type (RFC 3902), without quotes. gSOAP sends both; empty ones are left out.
 */
export function requestedActions(soapAction: string | undefined, contentType: string | undefined): readonly string[] {
  const parameter = contentType === undefined ? undefined : parseContentType(contentType)?.parameters.get('action')
  const header = soapAction?.trim().replace(/^"(.*)"$/s, '$1')
  return [header, parameter].map(action => action?.trim() ?? '').filter(action => action !== '')
}

/** What the headers of WS-Addressing call the action (wsa:Action, 2004 and 2005). */
export const addressingActions = (headers: readonly XmlElement[]): readonly string[] =>
  headers
    .filter(({ namespace, local }) => local === 'Action' && (namespace === wsa2004 || namespace === wsa2005))
    .map(header => textOf(header).trim())

/**
 * The operation that an action names and the Body does not. The Body's child alone decides what is run; but an action
 * that names *another* operation of the same service may have been what some gateway decided on, so that such a request
 * is refused. An action that is absent, empty or of no operation (SOAP::Lite sends `namespace#operation`) means nothing.
 *
 * `actionsOfService`: the soapAction of each operation → the QName of the element in its Body.
 */
export function conflictingAction(
  actions: readonly string[],
  bodyName: QName,
  actionsOfService: ReadonlyMap<string, QName>,
): QName | undefined {
  for (const action of actions) {
    const named = actionsOfService.get(action) ?? namedLikeSoapLite(action, actionsOfService)
    if (named !== undefined && !sameName(named, bodyName)) return named
  }
  return undefined
}

/** `namespace#local` and `namespace/local`, whichever way the contract writes it. */
function namedLikeSoapLite(action: string, actionsOfService: ReadonlyMap<string, QName>): QName | undefined {
  const cut = Math.max(action.lastIndexOf('#'), action.lastIndexOf('/'))
  if (cut < 0) return undefined
  const key = clark({ namespace: action.slice(0, cut), local: action.slice(cut + 1) })
  for (const name of actionsOfService.values()) if (clark(name) === key) return name
  return undefined
}
