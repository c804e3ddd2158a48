import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { failedChecks, type QaCase, type QaFile } from './qatest.ts'

export const embossTest = '/usr/share/EMBOSS/test'
export const acdRoot = '/usr/share/EMBOSS/acd'
/** Where Debian configures the databases of the tests. */
export const embossrc = '/etc/emboss/embossrc.d'

export interface RawRun {
  readonly folder: string
  readonly code: number
  readonly stdout: string
  readonly stderr: string
  readonly milliseconds: number
  /** What of the case's own expectations does not hold. */
  readonly failed: readonly string[]
}

/** A folder in which cases run as EMBOSS's own script runs them: each below `qa`, beside the data that they name. */
export function makeRawFolder(folder: string): void {
  mkdirSync(join(folder, 'qa'), { recursive: true })
  for (const name of readdirSync(embossTest)) if (name !== 'qa') symlinkSync(join(embossTest, name), join(folder, name))
  // EMBOSS reads it under this name, in the folder that EMBOSSRC names and in that of its user.
  mkdirSync(join(folder, 'home'))
  symlinkSync(join(embossrc, 'emboss-test'), join(folder, 'home', '.embossrc'))
}

/** Runs a case outside of any container, by a shell, as it is written. `log`: EMBOSS writes down how it reads its command line. */
export async function runRaw(folder: string, one: QaCase, log: boolean): Promise<RawRun> {
  const at = join(folder, 'qa', one.id)
  mkdirSync(at, { recursive: true })
  const began = performance.now()
  const child = spawn('/bin/sh', ['-c', [...one.before, `${one.program} ${one.commandLine}`].join('\n')], {
    cwd: at,
    timeout: 60_000,
    env: {
      PATH: `/usr/lib/emboss:${process.env['PATH']}`,
      ...{ EMBOSS_ACDROOT: acdRoot, EMBOSS_DATA: '/usr/share/EMBOSS/data', HOME: join(folder, 'home') },
      ...(log ? { EMBOSS_ACDLOG: 'Y' } : {}),
    },
  })
  let [stdout, stderr] = ['', '']
  child.stdout.setEncoding('latin1').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('latin1').on('data', (text: string) => {
    stderr += text
  })
  // A program that has read enough closes its end.
  child.stdin.on('error', () => undefined)
  child.stdin.end(one.answers.map(line => `${line}\n`).join(''))
  const [code] = (await once(child, 'close')) as [number | null]
  const run = { folder: at, code: code ?? -1, stdout, stderr, milliseconds: performance.now() - began }
  const exit = run.code === one.exitCode ? [] : [`exit code ${run.code}, not ${one.exitCode}`]
  return { ...run, failed: [...exit, ...one.files.flatMap(file => checked(file, run))] }
}

/** What a raw run wrote under a name; nothing when it did not. */
export function rawFile({ folder, stdout, stderr }: Omit<RawRun, 'failed'>, name: string): string {
  if (name === 'stdout') return stdout
  if (name === 'stderr') return stderr
  const path = join(folder, name)
  return existsSync(path) ? readFileSync(path, 'latin1') : ''
}

function checked(file: QaFile, run: Omit<RawRun, 'failed'>): readonly string[] {
  const isThere = ['stdout', 'stderr'].includes(file.name) || existsSync(join(run.folder, file.name))
  return isThere ? failedChecks(file, rawFile(run, file.name)) : [`${file.name} is not there`]
}
