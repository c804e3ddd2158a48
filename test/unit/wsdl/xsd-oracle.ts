import {
  XmlBufferInputProvider,
  XmlDocument,
  XsdValidator,
  xmlCleanupInputProvider,
  xmlRegisterInputProvider,
} from 'libxml2-wasm'
import type { Schema } from '../../../src/wsdl/schema-model.ts'
import { writeSchema } from '../../../src/wsdl/schema-writer.ts'

let count = 0

/** What libxml2 says of messages, by the XSD text that we write. Its memory is not collected: dispose of it. */
export interface XsdOracle extends Disposable {
  /** Undefined when the message is valid, else why not. */
  readonly refusal: (message: string) => string | undefined
}

export function xsdOracle(schemas: readonly Schema[]): XsdOracle {
  const folder = `mem:///${++count}/`
  const prefixes = Object.fromEntries(schemas.map((schema, i) => [`p${i}`, schema.namespace]))
  const address = (namespace: string) => `${folder}${schemas.findIndex(schema => schema.namespace === namespace)}.xsd`
  const files: Record<string, Uint8Array> = {}
  for (const schema of schemas) {
    const text = writeSchema(schema, prefixes).replace(
      /<xs:import namespace="([^"]*)"\/>/g,
      (_, namespace: string) => `<xs:import namespace="${namespace}" schemaLocation="${address(namespace)}"/>`,
    )
    files[address(schema.namespace)] = Buffer.from(text)
  }
  const imports = schemas.map(
    ({ namespace }) => `<xs:import namespace="${namespace}" schemaLocation="${address(namespace)}"/>`,
  )
  const driver = `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">${imports.join('')}</xs:schema>`
  const provider = new XmlBufferInputProvider(files)
  if (!xmlRegisterInputProvider(provider)) throw new Error('no input provider')
  const document = XmlDocument.fromString(driver, { url: `${folder}all.xsd` })
  const validator = XsdValidator.fromDoc(document)
  document.dispose()
  xmlCleanupInputProvider()
  return {
    refusal: message => {
      const parsed = XmlDocument.fromString(message)
      try {
        validator.validate(parsed)
        return undefined
      } catch (error) {
        return String(error)
      } finally {
        parsed.dispose()
      }
    },
    [Symbol.dispose]: () => validator.dispose(),
  }
}
