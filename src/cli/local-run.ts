import { copyFile, readFile, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { withoutSetup } from '../application/setup-words.ts'
import type { StoredResult } from '../application/stored-results.ts'
import { formatSize } from '../core/quantities.ts'
import { usageOf } from '../factory/job-usage.ts'
import { type DescriptionFolder, readDescriptionFolder } from '../factory/register-application.ts'
import { jsonOf } from '../web/json.ts'
import { attemptHere, type LocalOutcome } from './local-attempt.ts'
import { valuesOfWords } from './local-inputs.ts'
import { makeFolder, makeOutFolder } from './make-folder.ts'
import { ProgressLine } from './progress-line.ts'
import { exitCodes, print, quoted, say, UsageError } from './terminal.ts'

const tailBytes = 2000

/** `gridwrap run ./folder name=value …`: a first result without a server, a certificate or a registration. */
export async function runHere(
  path: string,
  words: readonly string[],
  flags: { readonly out?: string; readonly json?: boolean },
): Promise<void> {
  const folder = await readDescriptionFolder(path)
  const { session, library } = folder.application
  if (session !== undefined || library !== undefined)
    throw new UsageError(
      'It is a session, which does not end by itself: "gridwrap check --run" tries it here; a container opens it.',
    )
  const values = await valuesOfWords(folder.application, words)
  await using _out = await makeOutFolder(flags.out)
  const stop = new AbortController()
  process.once('SIGINT', () => stop.abort())
  const outcome = await withProgress(folder, values, stop.signal)
  const where = flags.out ?? outcome.places.work
  if (flags.out !== undefined) await copyOutputs(outcome, flags.out)
  print(flags.json === true ? jsonOf(asJson(folder, outcome, where)) : asText(folder, outcome, where))
  if (outcome.verdict.outcome === 'failed') {
    say(`${folder.application.name} failed: ${outcome.verdict.reason}`)
    const tail = await readFile(join(outcome.places.control, 'stderr'), 'utf8').catch(() => '')
    if (tail !== '') say(quoted(tail.slice(-tailBytes)))
    process.exitCode = stop.signal.aborted ? exitCodes.interrupted : exitCodes.jobFailed
  }
  if (flags.out !== undefined) await rm(dirname(outcome.places.work), { recursive: true, force: true })
}

async function withProgress(
  folder: DescriptionFolder,
  values: Parameters<typeof attemptHere>[1],
  stop: AbortSignal,
): Promise<LocalOutcome> {
  using line = new ProgressLine()
  return await attemptHere(folder, values, {
    onProgress: seen =>
      line.show(`${seen.percent === undefined ? '' : `${seen.percent.toFixed(0)} % `}${seen.message ?? ''}`),
    stop,
  })
}

const pathOf = ({ places }: LocalOutcome, name: string): string =>
  join(name === 'stdout' || name === 'stderr' ? places.control : places.work, name)

async function copyOutputs(outcome: LocalOutcome, out: string): Promise<void> {
  for (const file of Object.values(outcome.collected.files).flat()) {
    const target = join(out, file.name)
    await makeFolder(dirname(target))
    await copyFile(pathOf(outcome, file.name), target)
  }
}

function asText({ application }: DescriptionFolder, { collected, seen }: LocalOutcome, where: string): string {
  const lines: string[] = []
  for (const output of application.outputs) {
    const value = collected.values[output.name]
    if (value !== undefined)
      lines.push(
        `${output.name} = ${(Array.isArray(value) ? value : [value]).map(one => (typeof one === 'object' ? one.integer : String(one))).join(', ')}${output.unit === undefined ? '' : ` ${output.unit}`}`,
      )
    for (const file of collected.files[output.name] ?? [])
      lines.push(`${output.name}: ${join(where, file.name)} (${formatSize(file.size)})`)
  }
  return [...lines, ...seen.warnings.map(one => `warning: ${one}`)].join('\n')
}

const plainValue = (value: StoredResult | readonly StoredResult[]): unknown =>
  typeof value === 'object' && 'integer' in value ? BigInt(value.integer) : value

/** In the shape of a service's answer, so that a script need not know where the program ran. */
function asJson({ application }: DescriptionFolder, outcome: LocalOutcome, folder: string): object {
  const { collected, verdict, seen, exit, spec, use } = outcome
  const outputs = application.outputs.flatMap(({ name, source }) => {
    const value = collected.values[name]
    if (value !== undefined) return [[name, Array.isArray(value) ? value.map(plainValue) : plainValue(value)]]
    const files = (collected.files[name] ?? []).map(file => ({ ...file, path: join(folder, file.name) }))
    const several = source.kind === 'files' || source.kind === 'directory'
    return files.length === 0 ? [] : [[name, several ? files : files[0]]]
  })
  return {
    ...Object.fromEntries(outputs),
    ...(seen.warnings.length === 0 ? {} : { warning: seen.warnings }),
    status: {
      state: verdict.outcome === 'done' ? 'Done' : 'Failed',
      ...exit,
      ...(verdict.outcome === 'failed' ? { reason: verdict.reason, cause: verdict.cause } : {}),
      ...(use === undefined ? {} : { usage: usageOf(use) }),
    },
    ran: { command: withoutSetup(spec.argv).join(' '), folder },
  }
}
