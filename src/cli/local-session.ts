import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AttemptSpec, RunAdapter } from '../adapters/adapter.ts'
import { streamFile } from '../adapters/executable/attempt-files.ts'
import { createExecutableAdapter } from '../adapters/executable/executable-adapter.ts'
import { opening } from '../application/description-tests.ts'
import type { Routine } from '../application/library/routine.ts'
import type { ApplicationTest, Expectation, SessionOperation, Values } from '../application/model.ts'
import { planRun } from '../application/run-plan.ts'
import { codeFile, sessionOperation } from '../application/session-operation.ts'
import { siteEnvironment } from '../container/program-environment.ts'
import { delay } from '../core/deadline.ts'
import { GridwrapError } from '../core/errors.ts'
import { newId } from '../core/ids.ts'
import { invalidInput } from '../dispatcher/operations/factory/submission.ts'
import { filesIn } from '../dispatcher/operations/session/call-routine.ts'
import { planCall } from '../factory/library/plan-call.ts'
import { readResults } from '../factory/library/read-results.ts'
import type { DescriptionFolder } from '../factory/register-application.ts'
import { sessionResults } from '../factory/session-results.ts'
import type { LibraryAnswer } from '../holder/library-protocol.ts'
import { askHolder, type HolderAnswer, NobodyThere } from '../holder/session-client.ts'
import { errorIn } from '../holder/session-error.ts'
import type { Evaluation, SessionAnswer } from '../holder/session-protocol.ts'
import { plainSite, planAttempt } from '../keeper/attempt-plan.ts'
import { prepareWork } from '../keeper/prepare-work.ts'
import { compareExpected } from './compare-expected.ts'
import { valuesOfTest } from './local-inputs.ts'

const lookMs = 20

/** A session of a described interpreter, here and now: for the tests that its description brings. */
export class LocalSession implements AsyncDisposable {
  readonly #folder: DescriptionFolder
  readonly #home: string
  readonly #spec: AttemptSpec
  readonly #adapter: RunAdapter

  private constructor(folder: DescriptionFolder, home: string, spec: AttemptSpec, adapter: RunAdapter) {
    this.#folder = folder
    this.#home = home
    this.#spec = spec
    this.#adapter = adapter
  }

  /** Begins it, with the inputs that it needs not be given. */
  static async open(folder: DescriptionFolder): Promise<LocalSession> {
    const { application, directory } = folder
    const home = await mkdtemp(join(tmpdir(), `gridwrap-${application.name}-`))
    const places = { work: join(home, 'work'), control: join(home, 'control'), bundle: directory }
    await mkdir(places.work)
    const opens = application.tests.find(({ operation }) => operation === opening)
    const values = await valuesOfTest(application, opens?.run ?? {}, directory)
    const site = { ...plainSite, environment: siteEnvironment({}) }
    const plan = planAttempt(`local-${newId()}.1`, application, values, places, site)
    await prepareWork(application, plan, places)
    const adapter = createExecutableAdapter()
    await adapter.submit(plan.spec)
    return new LocalSession(folder, home, plan.spec, adapter)
  }

  /** Makes one call, as a test of the description says. What was not as it expects; nothing when all was. */
  async test(test: ApplicationTest): Promise<readonly string[]> {
    // It is open by now, or will say why not to whoever calls it.
    if (test.operation === opening) return []
    const operation = sessionOperation(this.#folder.application, test.operation ?? '')
    if (operation === undefined) return [`no operation is called ${test.operation}`]
    try {
      const values = await valuesOfTest(operation.application, test.run, this.#folder.directory)
      if (operation.routine !== undefined) return await this.#testRoutine(operation, operation.routine, values, test)
      const evaluation = await this.#call(operation, values)
      const error = errorIn(this.#folder.application.session?.error, evaluation)
      if (evaluation.broken !== undefined) return [`it was broken off: ${evaluation.broken} ${evaluation.messages}`]
      if (error !== undefined) return test.fails === undefined ? [`it failed: ${error}`] : []
      if (test.fails !== undefined) return [`it was to fail (${test.fails}), and did not`]
      return await this.#compare(operation, test.expect, evaluation)
    } catch (thrown) {
      if (thrown instanceof GridwrapError && thrown.code === 'job-failed') return [thrown.message]
      if (!(thrown instanceof GridwrapError) || thrown.code !== 'invalid-input') throw thrown
      return test.fails === 'input' ? [] : [thrown.message]
    }
  }

  async #call({ application, timeout }: SessionOperation, values: Values): Promise<Evaluation> {
    const { inputFiles, writtenFiles } = planRun(application, values)
    const bytes = await Promise.all(
      inputFiles.map(async ({ source }) =>
        source.kind === 'text' ? Buffer.from(source.text) : source.kind === 'bytes' ? source.bytes : new Uint8Array(),
      ),
    )
    const { message } = await this.#ask<SessionAnswer>(
      {
        ...{ verb: 'evaluate', timeout: timeout * 1000, remove: [] },
        code: writtenFiles.find(({ name }) => name === codeFile)?.content ?? '',
        files: inputFiles.map(({ name }, index) => ({ name, size: bytes[index]?.length ?? 0 })),
      },
      bytes,
    )
    if ('evaluation' in message) return message.evaluation
    throw new Error('The session did not take the call.')
  }

  async #ask<Message extends object>(
    request: object,
    bytes: readonly Uint8Array[],
    expected: readonly number[] = [],
  ): Promise<HolderAnswer<Message>> {
    for (;;) {
      try {
        return await askHolder<Message>(this.#spec.workDirectory, request, bytes, expected)
      } catch (error) {
        if (!(error instanceof NobodyThere)) throw error
        const { state } = await this.#adapter.status(this.#spec)
        if (state === 'ended' || state === 'lost') {
          const said = await readFile(streamFile(this.#spec.controlDirectory, 'stderr'), 'utf8').catch(() => '')
          throw new GridwrapError('job-failed', `The session ended. ${said.trim().slice(-1000)}`)
        }
        await delay(lookMs)
      }
    }
  }

  /** A call of a routine: what of it is not as the test expects. */
  async #testRoutine(
    { name, timeout, application }: SessionOperation,
    routine: Routine,
    values: Values,
    { expect, fails }: ApplicationTest,
  ): Promise<readonly string[]> {
    const planned = planCall(routine, values, await filesIn(application.name, values), timeout * 1000)
    if ('problems' in planned) throw invalidInput(application.name, planned.problems)
    const { request, bytes, expected, extents } = planned.call
    const { message, bytes: back } = await this.#ask<LibraryAnswer>(request, bytes, expected)
    if (!('returned' in message)) return [`${name}: ${'problem' in message ? message.problem : message.refused}`]
    const { values: given, failure } = readResults(routine, message, back, extents)
    if (failure !== undefined) return fails === undefined ? [`it failed: ${failure}`] : []
    if (fails !== undefined) return [`it was to fail (${fails}), and did not`]
    const wrong = Object.entries(expect).map(([output, want]) =>
      compareExpected(output, want, given[output] === undefined ? undefined : [given[output]].flat(), undefined, ''),
    )
    return (await Promise.all(wrong)).flat()
  }

  async #compare(
    { name, application }: SessionOperation,
    expected: Readonly<Record<string, Expectation>>,
    evaluation: Evaluation,
  ): Promise<readonly string[]> {
    const { workDirectory } = this.#spec
    const { values, files, missing } = await sessionResults(application, workDirectory, evaluation)
    if (missing.length > 0) return [`${name} gave no ${missing.join(', ')}`]
    const wrong = Object.entries(expected).map(([output, want]) => {
      const printed = { output: evaluation.output, messages: evaluation.messages }[output]
      const value = application.session !== undefined && name === 'evaluate' ? printed : values[output]
      return compareExpected(
        output,
        want,
        value === undefined ? undefined : [value].flat(),
        files[output],
        workDirectory,
      )
    })
    return (await Promise.all(wrong)).flat()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#adapter.cancel(this.#spec, 'force')
    await this.#adapter.watchEnd(this.#spec)
    await this.#adapter.sweep(this.#spec)
    await rm(this.#home, { recursive: true, force: true })
  }
}
