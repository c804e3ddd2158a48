import type { InstalledApplications } from '../application/installed-applications.ts'
import type { Action } from '../authz/actions.ts'
import { wallClock } from '../core/clock.ts'
import { clark, type QName, qname } from '../core/qname.ts'
import { storedChoice } from '../delegation/credential-choice.ts'
import type { CredentialKeep } from '../delegation/credential-keep.ts'
import type { Handles } from '../ogsi/handle.ts'
import {
  attribute,
  element,
  nilElement,
  qnameElement,
  type ServiceDataElement,
  textElement,
} from '../ogsi/service-data.ts'
import { formatExtendedDateTime, type TerminationTime } from '../ogsi/termination-time.ts'
import type { InstanceStore, Viewer } from '../store/instance-store.ts'
import { applicationContract } from '../wsdl/contract.ts'
import { contractNames } from '../wsdl/contract-names.ts'
import { lineageOf } from '../wsdl/contract-operations.ts'
import { JOB, jobOperations, OGSI, ogsiExpressions, responseOf } from '../wsdl/names.ts'
import { encodeElement } from '../wsdl/serializer.ts'
import { writeOgsiWsdl } from '../wsdl/wsdl-writer.ts'
import { childElements, type XmlElement } from '../xml/tree.ts'
import { parseXml } from '../xml/xml-reader.ts'
import type { GridServiceTarget, InstanceTarget } from './call.ts'
import type { InstanceReader } from './instance-reader.ts'
import { lifetimeOf } from './lifetime.ts'
import { sharingOf } from './sharing.ts'

export interface ServiceDataParts {
  readonly reader: InstanceReader
  readonly applications: InstalledApplications
  readonly instances: InstanceStore
  readonly credentials: CredentialKeep
}

const ogsi = (local: string): QName => qname(OGSI, local)
const job = (local: string): QName => qname(JOB, local)
const xsi = 'http://www.w3.org/2001/XMLSchema-instance'

/** The service data of a service or instance (OGSI 1.0 sections 9.1 and 12.1), made anew for each question. */
export function serviceDataOf(
  target: GridServiceTarget,
  { reader, instances, credentials }: ServiceDataParts,
  viewer: Viewer,
): readonly ServiceDataElement[] {
  const own =
    target.kind === 'service'
      ? ofService(target.service.application.name)
      : [...ofInstance(target, reader), ...ofOwner(target, instances, credentials, viewer)]
  const elements = [...common(target, reader.handles), ...own]
  const names: ServiceDataElement = {
    name: ogsi('serviceDataName'),
    values: () =>
      [...elements.map(one => one.name), ogsi('serviceDataName')].map(name =>
        qnameElement(ogsi('serviceDataName'), name),
      ),
  }
  return [...elements, names]
}

function common(target: GridServiceTarget, handles: Handles): readonly ServiceDataElement[] {
  const application = target.kind === 'service' ? target.service.application : target.application
  const names = contractNames(application.name)
  const portType = target.kind === 'service' ? names.factory.portType : names.job.portType
  const address = target.kind === 'service' ? handles.service(target.service.name) : handles.instance(target.row.id)
  const window: TerminationTime =
    target.kind === 'service'
      ? { after: Number.POSITIVE_INFINITY, before: Number.POSITIVE_INFINITY }
      : lifetimeOf(target.row)
  return [
    {
      name: ogsi('interface'),
      values: () =>
        lineageOf(applicationContract(application), portType).map(one => qnameElement(ogsi('interface'), one.name)),
    },
    {
      name: ogsi('factoryLocator'),
      values: () =>
        target.kind === 'service'
          ? [nilElement(ogsi('factoryLocator'))]
          : [element(ogsi('factoryLocator'), [textElement(ogsi('handle'), handles.service(target.row.application))])],
    },
    { name: ogsi('gridServiceHandle'), values: () => [textElement(ogsi('gridServiceHandle'), address)] },
    {
      name: ogsi('gridServiceReference'),
      values: () => {
        const definitions = parseXml(
          writeOgsiWsdl(applicationContract(application), { portType, address, soap: '1.1' }),
        )
        const type = { namespace: xsi, local: 'type', value: 'ogsi:WSDLReferenceType' }
        return [element(ogsi('gridServiceReference'), [definitions], [type], new Map([['ogsi', OGSI]]))]
      },
    },
    {
      name: ogsi('findServiceDataExtensibility'),
      values: () => [extensibility('findServiceDataExtensibility', ogsiExpressions.queryByServiceDataNames)],
    },
    {
      name: ogsi('setServiceDataExtensibility'),
      values: () =>
        [ogsiExpressions.setByServiceDataNames, ogsiExpressions.deleteByServiceDataNames].map(name =>
          extensibility('setServiceDataExtensibility', name),
        ),
    },
    {
      name: ogsi('terminationTime'),
      values: () => [element(ogsi('terminationTime'), [], terminationAttributes(window))],
    },
  ]
}

const ofService = (application: string): readonly ServiceDataElement[] => [
  {
    name: ogsi('createServiceExtensibility'),
    values: () => {
      const names = contractNames(application)
      const made = qnameElement(ogsi('createsInterface'), names.job.portType)
      const input = attribute(OGSI, 'inputElement', 'a:run')
      return [element(ogsi('createServiceExtensibility'), [made], [input], new Map([['a', names.namespace]]))]
    },
  },
]

function ofInstance(target: InstanceTarget, reader: InstanceReader): readonly ServiceDataElement[] {
  return [
    { name: job('state'), values: () => [textElement(job('state'), target.row.state)] },
    {
      name: job('status'),
      values: async () => {
        const status = await reader.status(target.row)
        // The answer of getStatus holds the very element: job:status of type JobStatus.
        return childElements(
          parseXml(
            encodeElement(applicationContract(target.application), responseOf(jobOperations.getStatus), { status }),
          ),
        )
      },
    },
  ]
}

/** What only an owner, or an administrator, is told; to others the elements are there and have no value. */
function ofOwner(
  { row, application }: InstanceTarget,
  instances: InstanceStore,
  credentials: CredentialKeep,
  viewer: Viewer,
): readonly ServiceDataElement[] {
  const mayKnow = viewer.administrator || viewer.principals.includes(row.owner)
  return [
    {
      name: job('sharing'),
      values: async () => {
        if (!mayKnow) return []
        const { share } = await sharingOf(row.id, instances)
        const shares = share.map(one =>
          element(job('share'), [textElement(job('with'), one.with), textElement(job('right'), one.right)]),
        )
        return [element(job('sharing'), shares)]
      },
    },
    {
      name: job('credential'),
      values: async () => {
        if (!mayKnow || application.credential === 'none') return []
        const held = await credentials.chosen(row.owner, storedChoice(row.options))
        if (held === undefined) return []
        return [
          element(job('credential'), [
            textElement(job('identity'), row.owner.replace(/^gsi:/, '')),
            textElement(job('kind'), held.kind),
            textElement(job('expires'), new Date(held.expires).toISOString()),
          ]),
        ]
      },
    },
  ]
}

const extensibility = (local: string, input: QName): XmlElement =>
  element(ogsi(local), [], [attribute(OGSI, 'inputElement', `i:${input.local}`)], new Map([['i', input.namespace]]))

const terminationAttributes = (window: TerminationTime) => [
  attribute(OGSI, 'after', formatExtendedDateTime(window.after)),
  attribute(OGSI, 'before', formatExtendedDateTime(window.before)),
  attribute(OGSI, 'timestamp', new Date(wallClock()).toISOString()),
]

/** Finds one element by name: what clients ask for without a namespace is taken for OGSI's own. */
export const findElement = (elements: readonly ServiceDataElement[], name: QName): ServiceDataElement | undefined =>
  elements.find(one => clark(one.name) === clark(name)) ??
  (name.namespace === ''
    ? elements.find(one => one.name.namespace === OGSI && one.name.local === name.local)
    : undefined)

export type ReadAction = Extract<Action, 'service.read' | 'instance.read'>
