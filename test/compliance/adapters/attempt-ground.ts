import { existsSync, readFileSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AttemptSpec, AttemptStatus, RunAdapter } from '../../../src/adapters/adapter.ts'
import type { Limits } from '../../../src/application/model.ts'
import { delay } from '../../../src/core/deadline.ts'
import { newId } from '../../../src/core/ids.ts'
import { reachableCheckout } from '../../support/reachable-checkout.ts'

export const programs = join(reachableCheckout(), 'test/fixtures/programs')
export const unlimited: Limits = {
  time: undefined,
  memory: undefined,
  disk: undefined,
  output: undefined,
  processes: undefined,
  cores: undefined,
}

/** A place for attempts, which is empty again afterwards: no file is left, and no process. */
export class AttemptGround implements AsyncDisposable {
  readonly path: string
  readonly #adapter: RunAdapter
  readonly #specs: AttemptSpec[] = []

  private constructor(path: string, adapter: RunAdapter) {
    this.path = path
    this.#adapter = adapter
  }

  static async make(adapter: RunAdapter, below = tmpdir()): Promise<AttemptGround> {
    const path = await mkdtemp(join(below, 'attempts-'))
    // Programs of other accounts pass through it.
    await chmod(path, 0o711)
    return new AttemptGround(path, adapter)
  }

  /** An attempt of its own, with directories of its own; `argv[0]` without a slash and ending in .sh is a fixture. */
  async attempt(argv: readonly string[], rest: Partial<AttemptSpec> = {}): Promise<AttemptSpec> {
    const id = newId()
    const [program = '', ...words] = argv
    const fixture = /^[a-z-]+\.sh$/.test(program)
    const spec: AttemptSpec = {
      attempt: `${id}.1`,
      argv: fixture ? [join(programs, program), ...words] : argv,
      environment: { PATH: '/usr/local/bin:/usr/bin:/bin' },
      workDirectory: join(this.path, id, 'work'),
      controlDirectory: join(this.path, id, 'control', '1'),
      stdin: undefined,
      limits: unlimited,
      ...rest,
    }
    await mkdir(spec.workDirectory, { recursive: true })
    this.#specs.push(spec)
    return spec
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const spec of this.#specs) await this.#adapter.cancel(spec, 'force')
    for (const spec of this.#specs) {
      if ((await this.#adapter.status(spec)).state !== 'unclaimed') await ended(this.#adapter, spec)
      await this.#adapter.sweep(spec)
    }
    await rm(this.path, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** The status of an attempt that is over, waited for. */
export async function ended(adapter: RunAdapter, spec: AttemptSpec): Promise<AttemptStatus> {
  await adapter.watchEnd(spec, AbortSignal.timeout(30_000))
  return adapter.status(spec)
}

/** Asks again and again until the answer is yes; the bound is only there so that a broken program fails a test. */
export async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const most = Date.now() + 30_000
  while (!(await isSo())) {
    if (Date.now() > most) throw new Error(`Never came: ${what}.`)
    await delay(10)
  }
}

/** Waits for a file in the working directory. */
export const appears = (spec: AttemptSpec, name: string): Promise<void> =>
  until(name, () => existsSync(join(spec.workDirectory, name)))

export const workFile = (spec: AttemptSpec, name: string): string =>
  readFileSync(join(spec.workDirectory, name), 'utf8')

export const outputOf = (spec: AttemptSpec, stream: 'stdout' | 'stderr' = 'stdout'): Buffer =>
  readFileSync(join(spec.controlDirectory, stream))

/** Whether a process lives; a zombie does not. */
export function lives(pid: number): boolean {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return !/\) [ZX] /.test(text)
  } catch {
    return false
  }
}
