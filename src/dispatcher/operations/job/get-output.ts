import type { Application } from '../../../application/model.ts'
import { didYouMean } from '../../../core/did-you-mean.ts'
import { GridwrapError } from '../../../core/errors.ts'
import { isTerminal } from '../../../store/rows.ts'
import { jobOperations } from '../../../wsdl/names.ts'
import type { InstanceTarget, Operation } from '../../call.ts'
import type { InstanceReader } from '../../instance-reader.ts'

interface OutputRequest {
  readonly output: string
  readonly offset?: bigint
  readonly maxBytes?: bigint
}

const defaultBytes = 1024 * 1024

/** getOutput: part of an output, while the program still writes it too. */
export const getOutput = (reader: InstanceReader): Operation<InstanceTarget, OutputRequest> => ({
  name: jobOperations.getOutput,
  action: 'instance.read',
  handle: async ({ target: { row, application }, parameters: { output, offset = 0n, maxBytes } }) => {
    const path = pathOf(application, output)
    const part = await reader.files.readPart(
      row,
      path,
      Number(offset),
      Number(maxBytes ?? defaultBytes),
      isTerminal(row.state),
    )
    return { output: { content: part.content, next: BigInt(part.next), end: part.end } }
  },
})

function pathOf(application: Application, name: string): string {
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
