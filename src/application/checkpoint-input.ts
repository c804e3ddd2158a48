import type { Input } from './model.ts'

/** The name of the input, and of the value in templates, that every application with a checkpoint has beside its own. */
export const checkpointInput = 'checkpoint'

/** The input by which a caller goes on from a checkpoint: of an earlier job, of this container or another. */
export const inputOfCheckpoint: Input = {
  name: checkpointInput,
  type: 'file',
  help: 'A checkpoint of an earlier job, from which this one goes on. Its other inputs are to be given again; some may be others now',
  label: 'Checkpoint',
  unit: undefined,
  default: undefined,
  optional: true,
  many: undefined,
  join: undefined,
  range: undefined,
  values: undefined,
  pattern: undefined,
  length: undefined,
  fileName: undefined,
  isCheckpoint: true,
  format: 'tar',
  size: undefined,
  when: undefined,
  advanced: true,
}
