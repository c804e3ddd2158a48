import type { Application, Output, Value } from '../application/model.ts'
import type { StoredFile } from '../application/stored-results.ts'
import { ValueReader } from '../application/value-reader.ts'
import { openForReading } from '../files/confined.ts'
import { makeManifest } from '../files/manifest.ts'
import type { Evaluation } from '../holder/session-protocol.ts'

/** What a call of a session gave: its values, its files, and which of the outputs that must be there are not. */
export interface SessionResults {
  readonly values: Readonly<Record<string, Value | readonly Value[]>>
  readonly files: Readonly<Record<string, readonly StoredFile[]>>
  readonly missing: readonly string[]
}

/** Reads the outputs of a call: out of what it printed, and out of the files that it left in the work directory. */
export async function sessionResults(
  { outputs }: Application,
  work: string,
  evaluation: Evaluation,
): Promise<SessionResults> {
  const values: Record<string, Value | readonly Value[]> = {}
  const files: Record<string, readonly StoredFile[]> = {}
  for (const output of outputs) {
    const { source } = output
    if (source.kind === 'value') {
      const value = await readValue(output, outputs, work, evaluation)
      if (value !== undefined) values[output.name] = value
    } else if (source.kind !== 'stream') {
      const found = (await makeManifest(work, source)).files
      if (found.length > 0) files[output.name] = found
    }
  }
  const missing = outputs.filter(
    ({ name, optional }) => !optional && !Object.hasOwn(values, name) && !Object.hasOwn(files, name),
  )
  return { values, files, missing: missing.map(({ name }) => name) }
}

async function readValue(
  output: Output,
  outputs: readonly Output[],
  work: string,
  { output: printed, messages }: Evaluation,
): Promise<Value | readonly Value[] | undefined> {
  if (output.source.kind !== 'value') return undefined
  const { from } = output.source
  const reader = new ValueReader(output)
  if (from === 'stdout') reader.feed(Buffer.from(printed))
  else if (from === 'stderr') reader.feed(Buffer.from(messages))
  else {
    const source = outputs.find(({ name }) => name === from)?.source
    if (source?.kind !== 'file') return undefined
    const opened = await openForReading(work, source.name).catch(() => undefined)
    if (opened === undefined) return undefined
    await using handle = opened.handle
    for await (const chunk of handle.createReadStream({ autoClose: false })) reader.feed(chunk as Buffer)
  }
  return reader.end()
}
