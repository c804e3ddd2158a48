import type { Application, ApplicationTest, FileValue } from './model.ts'

/**
 * What a caller would hand over for a test of a description: the raw values of `checkInputs`. `open` makes the value of
 * a file that lies beside the description.
 */
export function testInputs(
  application: Application,
  test: ApplicationTest,
  open: (name: string) => FileValue,
): Record<string, unknown> {
  const files = new Set(application.inputs.flatMap(input => (input.type === 'file' ? [input.name] : [])))
  const fileOf = (given: unknown): unknown => {
    if (typeof given === 'string') return open(given)
    if (typeof given !== 'object' || given === null || !('text' in given)) return given
    const value: FileValue = { file: { kind: 'text', text: String(given.text) }, name: undefined }
    return value
  }
  return Object.fromEntries(
    Object.entries(test.run).map(([name, given]) => {
      if (!files.has(name)) return [name, given]
      return [name, Array.isArray(given) ? given.map(fileOf) : fileOf(given)]
    }),
  )
}
