import { z } from 'zod'
import { GridwrapError } from '../core/errors.ts'

/** The first member of an archive, which says what the others are. */
export const manifestName = 'checkpoint.json'
/** The folder of the archive that holds what belongs into the work directory. */
export const stateFolder = 'state/'
export const mostManifestBytes = 8 * 1024 * 1024

const file = z.object({
  name: z.string().max(4096),
  size: z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
})

const scalar = z.union([z.string(), z.number(), z.boolean(), z.object({ integer: z.string().regex(/^-?\d{1,19}$/) })])

const schema = z.object({
  gridwrap: z.literal(1),
  application: z.string().max(40),
  /** Of the description that the program ran by. */
  digest: z.string().max(64),
  /** The handle of the job that was saved. */
  job: z.string().max(2000),
  /** RFC 3339. */
  made: z.string().max(40),
  /** What `{checkpoint}` names. */
  state: z.string().max(4096),
  /** What it was run with, but for its files. */
  inputs: z.record(z.string(), z.union([scalar, z.array(scalar)])),
  files: z.array(file).min(1).max(20_000),
})

/** What the archive of a checkpoint says of itself. */
export type CheckpointManifest = z.infer<typeof schema>

/** Reads the manifest of an archive, for this application if one is named. Throws GridwrapError (`invalid-input`) when it is not one. */
export function parseCheckpointManifest(text: string, application?: string): CheckpointManifest {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    throw notOurs(`what it says of itself (${manifestName}) cannot be read`)
  }
  const { data, error } = schema.safeParse(json)
  if (data === undefined) throw notOurs(`${manifestName} in it: ${z.prettifyError(error).split('\n')[0]}`)
  if (application !== undefined && data.application !== application)
    throw notOurs(`it is a checkpoint of ${data.application}, not of ${application}`)
  return data
}

/** The fault for an archive that a run of this application cannot go on from. */
export const notOurs = (rule: string): GridwrapError =>
  new GridwrapError('invalid-input', `The checkpoint cannot be used: ${rule}.`, {
    hint: 'Give the file that a checkpoint of this service was downloaded as, whole.',
    detail: { problem: [{ input: 'checkpoint', rule }] },
  })
