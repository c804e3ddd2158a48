import { GridwrapError } from '../core/errors.ts'
import { qname } from '../core/qname.ts'
import { hostedNames } from '../hosting/hosted-contract.ts'
import type { HostedService } from '../hosting/register-service.ts'
import { delegationContract, gridContract } from '../wsdl/base-contract.ts'
import type { Contract } from '../wsdl/contract-model.ts'
import { contractNames } from '../wsdl/contract-names.ts'
import { writeGwsdl } from '../wsdl/gwsdl-writer.ts'
import { DELEGATION, GRID, JOB, OGSI } from '../wsdl/names.ts'
import { writeOgsiWsdl, writePortsWsdl, writePortTypeWsdl, writeWsdl } from '../wsdl/wsdl-writer.ts'

/** Whose contract it is, and the addresses that go into it. */
export interface Addressed {
  readonly of: 'service' | 'instance'
  readonly address: string
  readonly instanceAddress: string
}

/** The contract in the form that a query asks for: `wsdl`, `wsdl12`, `wsdl=ogsi` or `gwsdl`. */
export function wsdlText(contract: Contract, query: string, { of, address, instanceAddress }: Addressed): string {
  const names = contractNames(contract.name)
  const [portType, own] = of === 'service' ? [names.factory.portType, address] : [names.job.portType, instanceAddress]
  switch (query) {
    case 'wsdl':
      return writeWsdl(contract, { address, instanceAddress, soap: '1.1' })
    case 'wsdl12':
      return writeWsdl(contract, { address, instanceAddress, soap: '1.2' })
    case 'wsdl=ogsi':
      return writeOgsiWsdl(contract, { portType, address: own, soap: '1.1' })
    case 'gwsdl':
      return gwsdl(contract, contract.namespace, address)
    case 'gwsdl=job':
      return gwsdl(contract, JOB, address)
    case 'gwsdl=grid':
      return gwsdl(contract, GRID, address)
    case 'gwsdl=ogsi':
      return gwsdl(contract, OGSI, address)
    default:
      throw noContract(query)
  }
}

/** Under which query the GWSDL of a namespace is found; that of the service itself has none. */
const pages: ReadonlyMap<string, string> = new Map([
  [JOB, '=job'],
  [GRID, '=grid'],
  [OGSI, '=ogsi'],
])

const gwsdl = (contract: Contract, namespace: string, address: string): string =>
  writeGwsdl(contract, {
    namespace,
    location: other => `${address}?gwsdl${pages.get(other) ?? ''}`,
  })

/** The contract of a Grid service that the container itself has, by the name of its portType in wsdl/grid.gwsdl. */
export function gridWsdl(portType: string, address: string, query: string): string {
  const name = qname(GRID, portType)
  switch (query) {
    case 'wsdl':
    case 'wsdl=ogsi':
      return writeOgsiWsdl(gridContract, { portType: name, address, soap: '1.1' })
    case 'wsdl12':
      return writeOgsiWsdl(gridContract, { portType: name, address, soap: '1.2' })
    case 'gwsdl':
    case 'gwsdl=grid':
      return gwsdl(gridContract, GRID, address)
    case 'gwsdl=ogsi':
      return gwsdl(gridContract, OGSI, address)
    default:
      throw noContract(query)
  }
}

/** The contract of a hosted class, or with `objectAddress` of one of its objects. */
export function hostedWsdl(
  { name, instances, contract }: HostedService,
  query: string,
  {
    address,
    objectAddress,
    of,
  }: { readonly address: string; readonly objectAddress: string; readonly of: 'service' | 'object' },
): string {
  const names = hostedNames(name)
  const isFactory = instances === 'many'
  const own = { portType: names.portType, address: isFactory ? objectAddress : address }
  const ports = isFactory ? [{ portType: names.factory, address }, own] : [own]
  const ogsi = of === 'service' && isFactory ? { portType: names.factory, address } : own
  switch (query) {
    case 'wsdl':
      return writePortsWsdl(contract, { service: names.service, ports, soap: '1.1' })
    case 'wsdl12':
      return writePortsWsdl(contract, { service: names.service, ports, soap: '1.2' })
    case 'wsdl=ogsi':
      return writeOgsiWsdl(contract, { ...ogsi, soap: '1.1' })
    case 'gwsdl':
      return gwsdl(contract, contract.namespace, ogsi.address)
    case 'gwsdl=job':
      return gwsdl(contract, JOB, ogsi.address)
    case 'gwsdl=grid':
      return gwsdl(contract, GRID, ogsi.address)
    case 'gwsdl=ogsi':
      return gwsdl(contract, OGSI, ogsi.address)
    default:
      throw noContract(query)
  }
}

const noContract = (query: string): GridwrapError =>
  new GridwrapError('not-found', `There is no contract ?${query.slice(0, 40)}.`, {
    hint: 'There are ?wsdl, ?wsdl12, ?wsdl=ogsi and ?gwsdl.',
  })

/** The contract of the delegation service. */
export const delegationWsdl = (address: string, query: 'wsdl' | 'wsdl12'): string =>
  writePortTypeWsdl(delegationContract, {
    portType: qname(DELEGATION, 'Delegation'),
    address,
    soap: query === 'wsdl' ? '1.1' : '1.2',
  })
