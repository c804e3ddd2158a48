import { readFileSync } from 'node:fs'
import { parseXml } from '../xml/xml-reader.ts'
import type { Contract, PortType } from './contract-model.ts'
import { DELEGATION, GRID, JOB, OGSI } from './names.ts'
import { readMessages, readPortTypes } from './port-type-reader.ts'
import type { Schema } from './schema-model.ts'
import { readSchema } from './schema-reader.ts'

/** wsdl/ of the checkout and of the package: two folders up, from src/wsdl as from dist/wsdl. */
const folder = new URL('../../wsdl/', import.meta.url)
const read = (name: string) => parseXml(readFileSync(new URL(name, folder), 'utf8'))

const schemaIn = (name: string): Schema => readSchema(read(name))

function portTypesIn(name: string, namespace: string): PortType[] {
  const definitions = read(name)
  return readPortTypes(definitions, namespace, readMessages(definitions, namespace))
}

/** What hand-written files in wsdl/ say: the half of every contract that is the same for all applications. */
export const jobSchema: Schema = schemaIn('job.xsd')
export const ogsiSchema: Schema = schemaIn('ogsi.xsd')
export const serviceDataSchema: Schema = schemaIn('service-data.xsd')
export const jobPortTypes: readonly PortType[] = portTypesIn('job.gwsdl', JOB)
export const ogsiPortTypes: readonly PortType[] = portTypesIn('ogsi.gwsdl', OGSI)

export const gridSchema: Schema = schemaIn('grid.xsd')
export const gridPortTypes: readonly PortType[] = portTypesIn('grid.gwsdl', GRID)

/** The contract of the Grid services that every container has: resolver, registry, subscriptions. */
export const gridContract: Contract = {
  name: 'grid',
  namespace: GRID,
  documentation: undefined,
  schemas: [gridSchema, ogsiSchema, serviceDataSchema],
  portTypes: [...gridPortTypes, ...ogsiPortTypes],
}

/** The contract of what any client may say and be told: OGSI's expressions, jobs, and the detail of any fault. */
export const baseContract: Contract = {
  name: 'gridwrap',
  namespace: JOB,
  documentation: undefined,
  schemas: [jobSchema, gridSchema, ogsiSchema, serviceDataSchema],
  portTypes: [...jobPortTypes, ...gridPortTypes, ...ogsiPortTypes],
}

/** The contract of the delegation service. */
export const delegationContract: Contract = {
  name: 'delegation',
  namespace: DELEGATION,
  documentation: undefined,
  schemas: [schemaIn('delegation.xsd')],
  portTypes: portTypesIn('delegation.gwsdl', DELEGATION),
}
