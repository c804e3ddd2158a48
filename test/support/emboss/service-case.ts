import type { ServiceProxy } from '../../../src/client/service-proxy.ts'
import { GridwrapError } from '../../../src/core/errors.ts'
import type { AcdLog } from './acd-log.ts'
import type { CallInputs } from './case-inputs.ts'
import { failedChecks, type QaCase, type QaFile } from './qatest.ts'
import { type RawRun, rawFile } from './raw-case.ts'

interface FileOut {
  readonly name: string
  readonly content?: Uint8Array
}

/** What of a case's expectations does not hold when it is called as a service. */
export async function runAsService(
  proxy: ServiceProxy,
  one: QaCase,
  inputs: CallInputs,
  log: AcdLog,
  raw: RawRun,
): Promise<readonly string[]> {
  let results: Readonly<Record<string, unknown>>
  try {
    const answer = await proxy.call<{ results?: Readonly<Record<string, unknown>> }>('run', {
      ...inputs,
      options: { inlineBytes: 16_000_000n, keepSeconds: 60n },
    })
    results = answer.results ?? (answer as Readonly<Record<string, unknown>>)
  } catch (error) {
    return failure(error, one, log)
  }
  if (one.exitCode !== 0) return [`it went well, and exit code ${one.exitCode} is expected`]
  return one.files.flatMap(file => checkedFile(file, results, log, raw, one.program))
}

function failure(error: unknown, one: QaCase, log: AcdLog): readonly string[] {
  if (!(error instanceof GridwrapError)) return [String(error)]
  // What the program refuses may be refused before it runs.
  if (one.exitCode !== 0 && error.code === 'invalid-input') return []
  const problems = JSON.stringify(error.detail.problem ?? '')
  const { status, stderrTail = '' } = error.detail as { status?: { exitCode?: number | bigint }; stderrTail?: string }
  if (one.exitCode === 0 || !['job-failed', 'job-refused-input'].includes(error.code))
    return [`${error.code}: ${error.message} ${problems}`]
  if (Number(status?.exitCode ?? 0) !== one.exitCode) return [`it ended with ${status?.exitCode}, not ${one.exitCode}`]
  const stderr = one.files.find(file => file.name === 'stderr')
  return stderr === undefined ? [] : failedChecks(onlyPatterns(stderr), named(stderrTail, log, one.program))
}

/** Prompts are not made, so how much is on standard error says nothing. */
const onlyPatterns = (file: QaFile): QaFile => ({
  ...file,
  checks: file.checks.filter(check => check.kind === 'pattern'),
})

function checkedFile(
  file: QaFile,
  results: Readonly<Record<string, unknown>>,
  log: AcdLog,
  raw: RawRun,
  program: string,
): readonly string[] {
  if (file.name === 'stderr') {
    const warnings = ((results['warning'] ?? []) as readonly string[]).map(text => `${text}\n`).join('')
    const absent = file.checks.filter(
      check => check.kind === 'pattern' && (check.count === 0 || /Warning/.test(check.pattern.source)),
    )
    return failedChecks({ ...file, checks: absent }, warnings)
  }
  const content = contentOf(file.name, results, log)
  if (content === undefined) return [`${file.name} is no output`]
  const told = named(content, log, program)
  return failedChecks(file, withCommandOf(rawFile(raw, file.name), told))
}

/** Files have names of ours: where a text repeats one, the raw run's takes its place. */
function named(text: string, log: AcdLog, program: string): string {
  const drawn = log.given.find(one => one.name === 'goutfile')?.value ?? program
  return [...valuesOf(log)]
    .reduce((told, [name, value]) => withNameOf(name, value, told), text)
    .replace(/(?<![\w.])\w+_image-(?=\d*\.)/g, () => drawn)
}

/** What each parameter was: as the program got it, else as it was said. */
const valuesOf = (log: AcdLog): ReadonlyMap<string, string> =>
  new Map([...log.given.filter(one => one.beside === undefined).map(one => [one.name, one.value] as const), ...log.got])

function withNameOf(parameter: string, value: string, text: string): string {
  const path = value.replace(/\[.*\]$/, '')
  const file = path.replace(/^\w+::/, '').replace(/:.*$/s, '')
  if (file === '' || /^[\d.]+$|^(?:Yes|No)$/.test(file)) return text
  const behind = file.includes('/') ? '|(?=:)' : file === 'stdin' ? `|(?=')` : ''
  const ours = `${parameter}_?(?:\\.\\w{1,10}(?![\\w.])${behind})`
  return text
    .replace(new RegExp(`(?<=')${ours}`, 'g'), () => path.replace(/(?<=\w\w):[^:].*$/s, ''))
    .replace(new RegExp(`(?<![\\w.'/])(?:\\./)?${ours}`, 'g'), () => file)
}

/** Heads of reports repeat the command line, which is another one here: that of the raw run takes its place. */
function withCommandOf(raw: string, content: string): string {
  const commands = [...raw.matchAll(commandLines)].map(match => match[0])
  return content.replace(commandLines, own => commands.shift() ?? own)
}

const commandLines = /^# Commandline: .*\n(?:# {4}.*\n)*/gm

/** A file of the case is the output to which EMBOSS gave this name, or one of its files. */
function contentOf(name: string, results: Readonly<Record<string, unknown>>, log: AcdLog): string | undefined {
  if (name === 'stdout' && ![...valuesOf(log).values()].some(value => /(?:^|::)stdout$/.test(value)))
    return results['printed'] === undefined ? '' : textOf(results['printed'] as FileOut)
  const said = [...valuesOf(log)].find(
    ([, value]) => value.replace(/^\w+::/, '').toLowerCase() === name.toLowerCase(),
  )?.[0]
  const own = [said, `${said}_`].find(one => one !== undefined && results[one] !== undefined)
  const direct = own === undefined ? undefined : results[own]
  if (direct !== undefined && !Array.isArray(direct)) return textOf(direct as FileOut)
  const lists = Object.values(results)
    .filter(Array.isArray)
    .flat()
    .filter((one: unknown): one is FileOut => typeof one === 'object' && one !== null && 'name' in one)
  const sameEnd = (one: FileOut): boolean => one.name === name || one.name.endsWith(`/${name}`)
  const drawn = (/\d+\.dat$/.exec(name) ?? /(\.\d+)?\.(?:ps|png|svg|pdf|dat)$/.exec(name))?.[0]
  const found = lists.find(sameEnd) ?? (drawn === undefined ? undefined : lists.find(one => one.name.endsWith(drawn)))
  if (found !== undefined) return textOf(found)
  const features = Object.keys(results).find(one => /_features$/.test(one))
  if (/\.(?:gff|emft|embl)$/.test(name) && features !== undefined) return textOf(results[features] as FileOut)
  // The only result of its own has another name here.
  const single = Object.entries(results).filter(
    ([output, value]) => output !== 'printed' && value !== null && typeof value === 'object' && 'name' in value,
  )
  const alike = single.filter(([, value]) => (value as FileOut).name.split('.').at(-1) === name.split('.').at(-1))
  const [only] = [single, alike].find(those => those.length === 1) ?? []
  return only === undefined ? undefined : textOf(only[1] as FileOut)
}

const textOf = (file: FileOut): string | undefined =>
  file.content === undefined ? undefined : Buffer.from(file.content).toString('latin1')
