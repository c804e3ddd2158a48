import type { Exit } from '../adapters/adapter.ts'
import type { Application, Output, Value } from '../application/model.ts'
import type { StoredFile, StoredResult, StoredResults } from '../application/stored-results.ts'
import { ValueReader } from '../application/value-reader.ts'
import { judge } from '../application/verdict.ts'
import { directorySize } from '../files/directory-size.ts'
import { makeManifest } from '../files/manifest.ts'
import type { Seen } from './program-watch.ts'
import { StreamTail } from './stream-tail.ts'

export interface Collected {
  readonly verdict:
    | { readonly outcome: 'done' }
    | { readonly outcome: 'failed'; readonly reason: string; readonly cause: 'input' | 'program' | 'site' }
  readonly files: StoredResults['files']
  readonly values: StoredResults['values']
  readonly storedBytes: number
}

/** Looks at what a program left: which outputs are there, their checksums, the values in them, and what it all means. */
export async function collectOutputs(
  application: Application,
  places: { work: string; control: string },
  brought: ReadonlySet<string>,
  exit: Exit,
  seen: Seen,
): Promise<Collected> {
  const files: Record<string, readonly StoredFile[]> = {}
  for (const output of application.outputs) {
    if (output.source.kind !== 'value') files[output.name] = await filesOf(output, places, brought)
  }
  const values: Record<string, StoredResult | readonly StoredResult[]> = {}
  for (const output of application.outputs) {
    const value = await readValueOf(application, output, places)
    if (value !== undefined) values[output.name] = value
  }
  const present = [...Object.keys(files).filter(name => (files[name]?.length ?? 0) > 0), ...Object.keys(values)]
  const verdict = judge(application, { exit, present, watched: { success: seen.success, error: seen.error } })
  return {
    verdict,
    files,
    values,
    storedBytes: (await directorySize(places.work)) + (await directorySize(places.control)),
  }
}

async function filesOf(
  { source }: Output,
  { work, control }: { work: string; control: string },
  brought: ReadonlySet<string>,
): Promise<readonly StoredFile[]> {
  switch (source.kind) {
    case 'files':
      return (await makeManifest(work, source)).files.filter(file => !brought.has(file.name))
    case 'file':
    case 'directory':
      return (await makeManifest(work, source)).files
    case 'stream':
      return (await makeManifest(control, { kind: 'file', name: source.stream })).files
    case 'value':
      return []
  }
}

async function readValueOf(
  application: Application,
  output: Output,
  places: { work: string; control: string },
): Promise<StoredResult | readonly StoredResult[] | undefined> {
  const { source } = output
  if (source.kind !== 'value') return undefined
  const from = source.from
  const file = application.outputs.find(candidate => candidate.name === from)?.source
  const tail =
    from === 'stdout' || from === 'stderr'
      ? new StreamTail(places.control, from)
      : file?.kind === 'stream'
        ? new StreamTail(places.control, file.stream)
        : file?.kind === 'file'
          ? new StreamTail(places.work, file.name)
          : undefined
  if (tail === undefined) return undefined
  const reader = new ValueReader(output)
  while (await tail.read(16 * 1024 * 1024, bytes => reader.feed(bytes)));
  const value = reader.end()
  if (value === undefined) return undefined
  return Array.isArray(value) ? value.map(storeResult) : storeResult(value as Value)
}

const storeResult = (value: Value): StoredResult =>
  typeof value === 'bigint' ? { integer: value.toString() } : typeof value === 'number' ? value : String(value)
