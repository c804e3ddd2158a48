import { type QName, qname } from '../core/qname.ts'

/** The namespaces that contracts are made of. */
export const XSD = 'http://www.w3.org/2001/XMLSchema'
export const XSI = 'http://www.w3.org/2001/XMLSchema-instance'
export const WSDL = 'http://schemas.xmlsoap.org/wsdl/'
export const WSDL_SOAP11 = 'http://schemas.xmlsoap.org/wsdl/soap/'
export const WSDL_SOAP12 = 'http://schemas.xmlsoap.org/wsdl/soap12/'
export const SOAP_HTTP = 'http://schemas.xmlsoap.org/soap/http'
export const JAXWS = 'http://java.sun.com/xml/ns/jaxws'
export const OGSI = 'http://www.gridforum.org/namespaces/2003/03/OGSI'
export const GWSDL = 'http://www.gridforum.org/namespaces/2003/03/gridWSDLExtensions'
export const SERVICE_DATA = 'http://www.gridforum.org/namespaces/2003/03/serviceData'
/** Generic job operations, types and faults: wsdl/job.xsd and wsdl/job.gwsdl. */
export const JOB = 'urn:gridwrap:job'

/** Registry, subscriptions, queries by XPath: wsdl/grid.xsd and wsdl/grid.gwsdl. */
export const GRID = 'urn:gridwrap:grid'

/** GridSite delegation 2.0.0: wsdl/delegation.xsd and wsdl/delegation.gwsdl. */
export const DELEGATION = 'http://www.gridsite.org/namespaces/delegation-2'

/** The namespace of the typed operations of one application. */
export const applicationNamespace = (name: string): string => `urn:gridwrap:app:${name}`

const table = <const Local extends string>(
  namespace: string,
  locals: readonly Local[],
): Readonly<Record<Local, QName>> =>
  Object.freeze(Object.fromEntries(locals.map(local => [local, qname(namespace, local)]))) as Readonly<
    Record<Local, QName>
  >

/** Request elements of the generic job operations. A test keeps these tables equal to the files in wsdl/. */
export const jobOperations = table(JOB, [
  'getStatus',
  'waitFor',
  'getOutput',
  'suspend',
  'resume',
  'cancel',
  'extend',
  'share',
  'unshare',
  'destroy',
  'checkpoint',
  'getState',
  'restore',
  'evaluate',
  'interrupt',
])

/** Request elements of OGSI's own operations (OGSI 1.0 sections 9 to 13). */
export const ogsiOperations = table(OGSI, [
  'findServiceData',
  'setServiceData',
  'requestTerminationAfter',
  'requestTerminationBefore',
  'destroy',
  'findByHandle',
  'subscribe',
  'deliverNotification',
  'createService',
  'add',
  'remove',
])

/** Request elements of the delegation service. */
export const delegationOperations = table(DELEGATION, [
  'getVersion',
  'getInterfaceVersion',
  'getServiceMetadata',
  'getProxyReq',
  'getNewProxyReq',
  'renewProxyReq',
  'putProxy',
  'getTerminationTime',
  'destroy',
])

/** The query and update expressions that ride inside OGSI's operations. */
export const ogsiExpressions = table(OGSI, [
  'queryByServiceDataNames',
  'setByServiceDataNames',
  'deleteByServiceDataNames',
  'subscribeByServiceDataNames',
  'matchByLocatorEquivalence',
])

/** A query beyond those of OGSI, and what it answers besides elements. */
export const gridExpressions = table(GRID, ['queryByXPath', 'value'])

/** The root of every answer to a service data query. */
export const serviceDataValues = qname(SERVICE_DATA, 'serviceDataValues')

/** Request elements of the typed operations; their namespace is the application's. */
export const applicationOperations = (application: string) =>
  table(applicationNamespace(application), ['run', 'submit', 'listInstances', 'getResults', 'start'])

/** The element that answers a request element: its name and `Response`. */
export const responseOf = (request: QName): QName => qname(request.namespace, `${request.local}Response`)
