import { z } from 'zod'
import { ImportError } from '../import-error.ts'

const argument = z.object({
  name: z.string(),
  annotation: z.string().nullable(),
  positional: z.boolean(),
  default: z.union([z.object({ value: z.unknown() }), z.object({ expression: z.string() })]).optional(),
})

const schema = z.object({
  doc: z.string().nullable(),
  functions: z.array(
    z.object({
      name: z.string(),
      doc: z.string().nullable(),
      arguments: z.array(argument),
      variable: z.boolean(),
      returns: z.string().nullable(),
      asynchronous: z.boolean(),
    }),
  ),
})

/** What describe-module.ts says of a module. */
export type PythonModule = z.infer<typeof schema>
export type PythonFunction = PythonModule['functions'][number]
export type PythonArgument = PythonFunction['arguments'][number]

/** Reads it. Throws ImportError when it is something else. */
export function readPythonModule(text: string, file: string): PythonModule {
  try {
    return schema.parse(JSON.parse(text))
  } catch (error) {
    throw new ImportError(
      file,
      undefined,
      `what python3 says of the module cannot be read: ${(error as Error).message.split('\n')[0]}`,
    )
  }
}
