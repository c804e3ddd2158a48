import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { XmlDocument, XsdValidator } from 'libxml2-wasm'
import { clark } from '../../../src/core/qname.ts'
import { baseContract, gridContract } from '../../../src/wsdl/base-contract.ts'
import { decodeElement } from '../../../src/wsdl/decoder.ts'
import { OGSI, SERVICE_DATA } from '../../../src/wsdl/names.ts'
import { libraryOf } from '../../../src/wsdl/type-library.ts'
import { childElements, type XmlElement } from '../../../src/xml/tree.ts'
import { writeElement } from '../../../src/xml/write-element.ts'
import { xsdOracle } from '../../unit/wsdl/xsd-oracle.ts'

/** By the schemas that ship. They live as long as the process. */
const ours = xsdOracle([
  ...gridContract.schemas,
  ...baseContract.schemas.filter(one => !gridContract.schemas.includes(one)),
])

/**
 * By the schema that the standard came with, where somebody has it: OGSI_SCHEMAS names the folder with its ogsi.xsd. It is
 * not ours to ship.
 */
const standard = ((): ((message: string) => string | undefined) => {
  const folder = process.env['OGSI_SCHEMAS']
  if (folder === undefined) return () => undefined
  const file = join(folder, 'ogsi.xsd')
  if (!existsSync(file)) throw new Error(`OGSI_SCHEMAS: there is no ${file}.`)
  // Its wildcards are strict about elements that are in other files.
  const text = readFileSync(file, 'utf8').replace(/<any (?!.*processContents)/g, '<any processContents="lax" ')
  const validator = XsdValidator.fromDoc(XmlDocument.fromString(text))
  return message => {
    const document = XmlDocument.fromString(message)
    try {
      validator.validate(document)
      return undefined
    } catch (error) {
      return String(error)
    } finally {
      document.dispose()
    }
  }
})()

/** What is wrong with a message of OGSI by the schemas, and with the service data in it by its declarations. */
export function messageProblem(message: XmlElement): string | undefined {
  const text = writeElement(message)
  // The values of service data are declared in another file of the standard.
  const problem = ours.refusal(text) ?? (message.namespace === OGSI ? standard(text) : undefined)
  return problem ?? serviceDataProblem(message)
}

function serviceDataProblem(element: XmlElement): string | undefined {
  if (element.namespace !== SERVICE_DATA || element.local !== 'serviceDataValues') {
    for (const one of childElements(element)) {
      const problem = serviceDataProblem(one)
      if (problem !== undefined) return problem
    }
    return undefined
  }
  for (const value of childElements(element)) {
    const contract = [baseContract, gridContract].find(one => libraryOf(one).element(value) !== undefined)
    if (contract === undefined) return `${clark(value)} is declared nowhere`
    const [problem] = decodeElement(contract, value).problems
    if (problem !== undefined) return `${clark(value)}: ${problem.input} ${problem.rule}`
  }
  return undefined
}
