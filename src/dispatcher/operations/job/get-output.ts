import type { InstanceWaits } from '../../../events/instance-waits.ts'
import type { FilePart } from '../../../factory/instance-files.ts'
import { isTerminal } from '../../../store/rows.ts'
import { jobOperations } from '../../../wsdl/names.ts'
import type { InstanceTarget, Operation } from '../../call.ts'
import type { InstanceReader } from '../../instance-reader.ts'
import { outputPath } from '../../output-path.ts'

interface OutputRequest {
  readonly output: string
  readonly offset?: bigint
  readonly maxBytes?: bigint
  readonly waitSeconds?: number
}

const defaultBytes = 1024 * 1024
const mostSeconds = 3600
/** A file that grows says so to nobody. */
const lookEveryMs = 300

/** getOutput: part of an output, while the program still writes it too; waits for more of it when it is asked to. */
export const getOutput = (reader: InstanceReader, waits: InstanceWaits): Operation<InstanceTarget, OutputRequest> => ({
  name: jobOperations.getOutput,
  action: 'instance.read',
  handle: async ({ target: { row, application }, parameters, signal }) => {
    const { output, offset = 0n, maxBytes, waitSeconds = 0 } = parameters
    const path = outputPath(application, output)
    const most = Number(maxBytes ?? defaultBytes)
    const read = (now = row): Promise<FilePart> =>
      reader.files.readPart(now, path, Number(offset), most, isTerminal(now.state))
    const end = performance.now() + Math.min(waitSeconds, mostSeconds) * 1000
    let part = await read()
    while (part.content.length === 0 && !part.end && most > 0 && !signal.aborted) {
      const left = end - performance.now()
      if (left <= 0) break
      await waits.until(row.id, Math.min(left, lookEveryMs), () => reader.terminal(row.id), signal)
      part = await read(await reader.fresh(row.id))
    }
    return { output: { content: part.content, next: BigInt(part.next), end: part.end } }
  },
})
