import { execFile } from 'node:child_process'
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
  try {
    const { stdout, stderr } = await execute(program, args, {
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
  }
}
