import { readFile } from 'node:fs/promises'
import { checkInputs } from '../../../application/input-check.ts'
import type { Routine } from '../../../application/library/routine.ts'
import type { FileValue, SessionOperation, Values } from '../../../application/model.ts'
import { GridwrapError } from '../../../core/errors.ts'
import { describeIdentity } from '../../../core/identity.ts'
import { planCall } from '../../../factory/library/plan-call.ts'
import { readResults } from '../../../factory/library/read-results.ts'
import { type SessionCalls, tooMany } from '../../../factory/session-calls.ts'
import type { LibraryAnswer } from '../../../holder/library-protocol.ts'
import type { InstanceTarget, Operation } from '../../call.ts'
import { withCallerFiles } from '../../caller-files.ts'
import { invalidInput } from '../factory/submission.ts'
import { typedCall } from './typed-call.ts'

/** A typed call of a routine in a library. */
export const callRoutine = (
  operation: SessionOperation,
  routine: Routine,
  calls: SessionCalls,
): Operation<InstanceTarget, Readonly<Record<string, unknown>>> => ({
  ...typedCall(operation),
  handle: async ({ target: { row }, parameters, identity, signal }) => {
    const { application, name, timeout } = operation
    const { values, problems } = checkInputs(application, withCallerFiles(application, parameters))
    if (problems.length > 0) throw invalidInput(application.name, problems)
    const planned = planCall(routine, values, await filesIn(application.name, values), timeout * 1000)
    if ('problems' in planned) throw invalidInput(application.name, planned.problems)
    const { request, bytes, expected, extents } = planned.call
    const by = describeIdentity(identity)
    const answer = await calls.ask<LibraryAnswer>(row.id, request, bytes, expected, by, signal)
    if ('refused' in answer.message) throw tooMany()
    if ('problem' in answer.message)
      throw new GridwrapError('job-failed', `${name}: ${answer.message.problem}.`, {
        hint: 'The description does not fit the library; tell the administrator.',
      })
    const { values: given, files, failure } = readResults(routine, answer.message, answer.bytes, extents)
    if (failure !== undefined)
      throw new GridwrapError('job-refused-input', `${name} has failed: ${failure}.`, {
        hint: 'What it means is in the documentation of the library. The session goes on.',
      })
    return { results: { ...given, ...Object.fromEntries(Object.entries(files).map(fileOut)) } }
  },
})

/** The bytes of arrays that came as files. Throws GridwrapError (`invalid-input`) for what does not come with the call. */
export async function filesIn(application: string, values: Values): Promise<ReadonlyMap<string, Uint8Array>> {
  const found = new Map<string, Uint8Array>()
  for (const [input, value] of Object.entries(values)) {
    if (typeof value !== 'object' || !('file' in value)) continue
    const { file }: FileValue = value
    if (file.kind === 'url' || file.kind === 'upload')
      throw invalidInput(application, [{ input, rule: 'comes with the call: give its content' }])
    found.set(
      input,
      file.kind === 'text' ? Buffer.from(file.text) : file.kind === 'bytes' ? file.bytes : await readFile(file.path),
    )
  }
  return found
}

const fileOut = ([name, content]: readonly [string, Uint8Array]): readonly [string, object] => [
  name,
  { name: `${name}.bin`, size: BigInt(content.length), mediaType: 'application/octet-stream', content },
]
