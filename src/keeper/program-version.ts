import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { InstalledApplication } from '../application/installed-applications.ts'
import { withSetup } from '../application/setup-words.ts'

const execute = promisify(execFile)

/** What programs say of their version: asked once by each keeper, because programs are updated between its starts. */
export class ProgramVersions {
  readonly #environment: Readonly<Record<string, string>>
  readonly #asked = new Map<string, Promise<string | undefined>>()

  constructor(environment: Readonly<Record<string, string>>) {
    this.#environment = environment
  }

  /** The first line of what `version-command` prints, at most 200 characters; undefined when it prints none. */
  of({ digest, application }: InstalledApplication): Promise<string | undefined> {
    const command = application.versionCommand
    const [program, ...args] = command === undefined ? [] : withSetup(application.setup, command)
    if (program === undefined) return Promise.resolve(undefined)
    const asked = this.#asked.get(digest) ?? ask(program, args, { ...this.#environment, ...application.environment })
    this.#asked.set(digest, asked)
    return asked
  }
}

async function ask(
  program: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<string | undefined> {
  let directory: string | undefined
  try {
    // A set-up may write files beside it, which belong to no run and must not stay where the container was started.
    directory = await mkdtemp(join(tmpdir(), 'gridwrap-version-'))
    const { stdout, stderr } = await execute(program, args, {
      cwd: directory,
      env: environment,
      timeout: 5000,
      maxBuffer: 64 * 1024,
      killSignal: 'SIGKILL',
    })
    return `${stdout}\n${stderr}`
      .split('\n')
      .find(line => line.trim() !== '')
      ?.trim()
      .slice(0, 200)
  } catch {
    return undefined
  } finally {
    if (directory !== undefined) await rm(directory, { recursive: true, force: true }).catch(() => undefined)
  }
}
