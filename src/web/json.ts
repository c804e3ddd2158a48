import { plainValue } from '../wsdl/plain-value.ts'

/** JSON of a value of a contract. */
export const jsonOf = (value: unknown, indent = 2): string => JSON.stringify(plainValue(value), undefined, indent)
