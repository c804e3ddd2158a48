import { copyFile, mkdir, readFile, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { formatSize } from '../core/quantities.ts'
import { type DescriptionFolder, readDescriptionFolder } from '../factory/register-application.ts'
import { attemptHere, type LocalOutcome } from './local-attempt.ts'
import { valuesOfWords } from './local-inputs.ts'
import { ProgressLine } from './progress-line.ts'
import { exitCodes, print, quoted, say } from './terminal.ts'

const tailBytes = 2000

/** `gridwrap run ./folder name=value …`: a first result without a server, a certificate or a registration. */
export async function runHere(
  path: string,
  words: readonly string[],
  flags: { readonly out?: string; readonly json?: boolean },
): Promise<void> {
  const folder = await readDescriptionFolder(path)
  const values = await valuesOfWords(folder.application, words)
  const stop = new AbortController()
  process.once('SIGINT', () => stop.abort())
  const outcome = await withProgress(folder, values, stop.signal)
  const where = flags.out ?? outcome.places.work
  if (flags.out !== undefined) await copyOutputs(outcome, flags.out)
  print(flags.json === true ? JSON.stringify(asJson(outcome, where)) : asText(folder, outcome, where))
  if (outcome.verdict.outcome === 'failed') {
    say(`${folder.application.name} failed: ${outcome.verdict.reason}`)
    const tail = await readFile(join(outcome.places.control, 'stderr'), 'utf8').catch(() => '')
    if (tail !== '') say(quoted(tail.slice(-tailBytes)))
    process.exitCode = exitCodes.jobFailed
  }
  if (flags.out !== undefined) await rm(dirname(outcome.places.work), { recursive: true, force: true })
}

async function withProgress(
  folder: DescriptionFolder,
  values: Parameters<typeof attemptHere>[1],
  stop: AbortSignal,
): Promise<LocalOutcome> {
  using line = new ProgressLine()
  return await attemptHere(
    folder,
    values,
    seen => line.show(`${seen.percent === undefined ? '' : `${seen.percent.toFixed(0)} % `}${seen.message ?? ''}`),
    stop,
  )
}

const pathOf = ({ places }: LocalOutcome, name: string): string =>
  join(name === 'stdout' || name === 'stderr' ? places.control : places.work, name)

async function copyOutputs(outcome: LocalOutcome, out: string): Promise<void> {
  for (const file of Object.values(outcome.collected.files).flat()) {
    const target = join(out, file.name)
    await mkdir(dirname(target), { recursive: true })
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

const asJson = ({ collected, verdict, seen }: LocalOutcome, folder: string): object => ({
  state: verdict.outcome === 'done' ? 'Done' : 'Failed',
  ...(verdict.outcome === 'failed' ? { reason: verdict.reason, cause: verdict.cause } : {}),
  values: collected.values,
  files: collected.files,
  warnings: seen.warnings,
  folder,
})
