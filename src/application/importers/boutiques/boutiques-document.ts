import { z } from 'zod'
import { ImportError } from '../import-error.ts'

const largest = 2 * 1024 * 1024

const text = z.string().max(20_000)
const input = z.object({
  id: text,
  name: text.optional(),
  type: z.enum(['String', 'File', 'Flag', 'Number']),
  description: text.optional(),
  'value-key': text.optional(),
  list: z.boolean().optional(),
  'list-separator': text.optional(),
  optional: z.boolean().optional(),
  'command-line-flag': text.optional(),
  'command-line-flag-separator': text.optional(),
  'requires-inputs': z.array(text).optional(),
  'disables-inputs': z.array(text).optional(),
  'default-value': z.unknown().optional(),
  'value-choices': z
    .array(z.union([text, z.number()]))
    .max(1000)
    .optional(),
  integer: z.boolean().optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  'exclusive-minimum': z.boolean().optional(),
  'exclusive-maximum': z.boolean().optional(),
  'min-list-entries': z.number().optional(),
  'max-list-entries': z.number().optional(),
})
const output = z.object({
  id: text,
  name: text.optional(),
  description: text.optional(),
  'value-key': text.optional(),
  'path-template': text.optional(),
  'conditional-path-template': z.unknown().optional(),
  'path-template-stripped-extensions': z.array(text).optional(),
  list: z.boolean().optional(),
  optional: z.boolean().optional(),
  'command-line-flag': text.optional(),
  'command-line-flag-separator': text.optional(),
  'file-template': z.array(text).optional(),
})
const descriptor = z.object({
  name: text,
  description: text.optional(),
  'tool-version': z.union([text, z.number()]).optional(),
  url: text.optional(),
  'tool-doi': text.optional(),
  'command-line': z.string().min(1).max(20_000),
  'container-image': z.looseObject({ image: text.optional() }).optional(),
  'environment-variables': z.array(z.object({ name: text, value: text.optional() })).optional(),
  inputs: z.array(input).max(300).default([]),
  'output-files': z.array(output).max(200).default([]),
  groups: z
    .array(
      z.object({
        members: z.array(text),
        'mutually-exclusive': z.boolean().optional(),
        'one-is-required': z.boolean().optional(),
        'all-or-none': z.boolean().optional(),
      }),
    )
    .default([]),
  'suggested-resources': z
    .object({ 'cpu-cores': z.number().optional(), 'walltime-estimate': z.number().optional() })
    .optional(),
  'error-codes': z.array(z.object({ code: z.number(), description: text })).default([]),
  tags: z.record(z.string(), z.unknown()).optional(),
})

export type BoutiquesDescriptor = z.infer<typeof descriptor>
export type BoutiquesInput = BoutiquesDescriptor['inputs'][number]
export type BoutiquesOutput = BoutiquesDescriptor['output-files'][number]

/**
 * Reads a Boutiques descriptor (schema 0.5): as much of it as is carried over.
 *
 * @throws {ImportError} when it is none, with the place of what is wrong.
 */
export function readBoutiques(json: string, file: string): BoutiquesDescriptor {
  if (json.length > largest) throw new ImportError(file, undefined, `it has more than ${largest / 1024} KiB`)
  let document: unknown
  try {
    document = JSON.parse(json)
  } catch (error) {
    throw new ImportError(file, undefined, `it is no JSON: ${(error as Error).message}`)
  }
  const { data, error } = descriptor.safeParse(document)
  if (data !== undefined) return data
  const [wrong] = error.issues
  throw new ImportError(
    file,
    undefined,
    `it is no Boutiques descriptor: ${wrong?.path.join('.') ?? ''}: ${wrong?.message ?? ''}`,
  )
}
