import type { Application } from '../application/model.ts'
import { didYouMean } from '../core/did-you-mean.ts'
import { GridwrapError } from '../core/errors.ts'

/** Where an output that can be read in parts lies, as owners name files. Throws `invalid-message` for what is none. */
export function outputPath(application: Application, name: string): string {
  if (name === 'stdout' || name === 'stderr') return name
  const source = application.outputs.find(output => output.name === name)?.source
  if (source?.kind === 'file') return source.name
  if (source?.kind === 'stream') return source.stream
  const known = [
    'stdout',
    'stderr',
    ...application.outputs
      .filter(output => output.source.kind === 'file' || output.source.kind === 'stream')
      .map(output => output.name),
  ]
  const meant = didYouMean(name, known)
  throw new GridwrapError(
    'invalid-message',
    `output = ${JSON.stringify(name.slice(0, 80))} is not an output that can be read in parts.`,
    {
      hint: `${meant === undefined ? '' : `Did you mean ${meant}? `}There are: ${known.join(', ')}. Files of lists and directories have addresses of their own.`,
    },
  )
}
