import { readFile } from 'node:fs/promises'
import { checkInputs } from '../../../application/input-check.ts'
import type { InputFile } from '../../../application/input-files.ts'
import type { Application, FileSource, SessionOperation } from '../../../application/model.ts'
import { planRun } from '../../../application/run-plan.ts'
import { codeFile } from '../../../application/session-operation.ts'
import { GridwrapError, type InputProblem } from '../../../core/errors.ts'
import { describeIdentity } from '../../../core/identity.ts'
import type { SessionCall, SessionCalls } from '../../../factory/session-calls.ts'
import { errorIn } from '../../../holder/session-error.ts'
import type { InstanceTarget, Operation } from '../../call.ts'
import { withCallerFiles } from '../../caller-files.ts'
import type { InstanceReader } from '../../instance-reader.ts'
import { invalidInput } from '../factory/submission.ts'
import { endedUnderCall } from './ended-under-call.ts'
import { typedCall } from './typed-call.ts'
import { whyBroken } from './why-broken.ts'

/** A typed call of a session: its inputs become code, what that prints and writes becomes typed outputs. */
export const callOperation = (
  operation: SessionOperation,
  calls: SessionCalls,
  reader: InstanceReader,
): Operation<InstanceTarget, Readonly<Record<string, unknown>>> => ({
  ...typedCall(operation),
  handle: async ({ target: { row, application }, parameters, identity, signal }) => {
    const call = await callFor(operation, parameters)
    const found = await calls.evaluate(row.id, call, describeIdentity(identity), signal)
    if (found.broken === 'ended') throw endedUnderCall(found)
    const error = found.broken === undefined ? errorIn(application.session?.error, found) : whyBroken(found)
    if (error !== undefined)
      throw new GridwrapError(
        found.broken === undefined ? 'job-refused-input' : 'job-failed',
        `${operation.name}: ${error}.`,
        { hint: 'The session goes on.', ...(found.messages === '' ? {} : { detail: { stderrTail: found.messages } }) },
      )
    if (found.truncated && operation.application.outputs.some(({ source }) => source.kind === 'value'))
      throw new GridwrapError(
        'job-failed',
        `${operation.name} printed more than a megabyte, so its results are not whole.`,
        {
          hint: 'Whoever describes it lets it write them to a file. The session goes on.',
        },
      )
    const { missing, results } = await reader.sessionResults(row, operation.application, found)
    if (missing.length > 0)
      throw new GridwrapError('job-failed', `${operation.name} gave no ${missing.join(', ')}.`, {
        hint: 'The session goes on.',
        detail: { stderrTail: (found.messages === '' ? found.output : found.messages).slice(-2000) },
      })
    return { results }
  },
})

/** What the interpreter is handed. Throws GridwrapError (`invalid-input`) with all problems of the parameters. */
export async function callFor(
  { application, timeout }: SessionOperation,
  parameters: Readonly<Record<string, unknown>>,
): Promise<SessionCall> {
  const { values, problems } = checkInputs(application, withCallerFiles(application, parameters))
  if (problems.length > 0) throw invalidInput(application.name, problems)
  const { inputFiles, writtenFiles } = planRun(application, values)
  const later = inputFiles.filter(({ source }) => source.kind === 'url' || source.kind === 'upload')
  if (later.length > 0) throw invalidInput(application.name, later.map(notHere))
  return {
    code: writtenFiles.find(({ name }) => name === codeFile)?.content ?? '',
    timeout: timeout * 1000,
    files: await Promise.all(inputFiles.map(async ({ name, source }) => ({ name, bytes: await bytesOf(source) }))),
    remove: outputFiles(application),
  }
}

const notHere = ({ input }: InputFile): InputProblem => ({
  input,
  rule: 'comes with the call of a session: give its text or content',
})

async function bytesOf(source: FileSource): Promise<Uint8Array> {
  switch (source.kind) {
    case 'text':
      return Buffer.from(source.text)
    case 'bytes':
      return source.bytes
    case 'spooled':
      return readFile(source.path)
    case 'url':
    case 'upload':
      return new Uint8Array()
  }
}

/** Files of an earlier call are not taken for those of this one. */
const outputFiles = ({ outputs }: Application): string[] =>
  outputs.flatMap(({ source }) => (source.kind === 'file' || source.kind === 'directory' ? [source.name] : []))
