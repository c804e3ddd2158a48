import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { GridwrapError } from '../../core/errors.ts'
import type { AttemptSpec } from '../adapter.ts'
import { fileSizeBlocks } from './limits.ts'
import { attemptCookie, wrapperCookie } from './process-table.ts'
import { sandboxWords } from './sandbox.ts'

export interface LaunchOptions {
  /** The shell that runs the wrapper: a program and its first arguments. */
  readonly shell: readonly string[]
  /** Words put before the program that make it another account's (`setpriv --reuid …`), if anything. */
  readonly runAs: ((spec: AttemptSpec) => readonly string[]) | undefined
  /** The directory of the control group that the program joins. */
  readonly cgroup?: string | undefined
}

/** The wrapper's end, which is soon followed or preceded by the program's; `undefined` when it could not be started. */
export type Launched = { readonly exited: Promise<void> } | { readonly refused: 'too-long' }

const wrapper = join(import.meta.dirname, 'wrapper.sh')
/** A wrapper that says nothing for so long sits on a file system that hangs. */
const startPatience = 10_000

/**
 * Starts the wrapper in a session of its own, and waits until the program is about to be executed or cannot be. The
 * wrapper outlives this process; nothing is inherited by it but one pipe, which the program does not get.
 */
export async function launch(spec: AttemptSpec, options: LaunchOptions): Promise<Launched> {
  const { outer, inner } = wordsBefore(spec, options.runAs?.(spec) ?? [])
  const words = [...outer, ...inner]
  const [shell = '/bin/sh', ...shellArguments] = options.shell
  const blocks = fileSizeBlocks(spec.limits)
  const places = [
    spec.controlDirectory,
    spec.workDirectory,
    spec.stdin ?? '/dev/null',
    blocks,
    options.cgroup ?? 'none',
  ]
  const counts = [words.length, inner.length].map(String)
  const environment: Record<string, string> = {
    PATH: process.env['PATH'] ?? '/usr/bin:/bin',
    [wrapperCookie]: spec.attempt,
  }
  for (const [i, word] of words.entries()) environment[`E${i + 1}`] = word
  try {
    const child = spawn(shell, [...shellArguments, wrapper, ...places, ...counts, ...spec.argv], {
      cwd: '/',
      detached: true,
      env: environment,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const exited = new Promise<void>(resolve => child.once('exit', () => resolve()))
    child.unref()
    await firstWord(child)
    // Its `error` may come after the end of its pipe.
    if (child.pid === undefined) throw new Error('The wrapper could not be started.')
    return { exited }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'E2BIG') return { refused: 'too-long' }
    throw new GridwrapError('busy', 'The host cannot start another program just now; try again later.', {
      cause: error,
    })
  }
}

/** Resolves when the wrapper has said that the program is about to run, or will say nothing more. */
async function firstWord(child: ChildProcess): Promise<void> {
  const pipe = child.stdout
  let timer: NodeJS.Timeout | undefined
  try {
    await new Promise<void>((resolve, reject) => {
      child.once('error', reject)
      for (const event of ['data', 'close', 'error']) pipe?.once(event, () => resolve())
      timer = setTimeout(resolve, startPatience)
    })
  } finally {
    clearTimeout(timer)
    pipe?.destroy()
  }
}

/**
 * What comes before the program's own words: `setsid`, the account, and `env` with the program's whole environment. With a
 * sandbox its words come between, and `env` is for the shell in there.
 */
function wordsBefore(
  spec: AttemptSpec,
  runAs: readonly string[],
): { readonly outer: readonly string[]; readonly inner: readonly string[] } {
  const variables = Object.entries({ ...spec.environment, [attemptCookie]: spec.attempt }).map(
    ([name, value]) => `${name}=${value}`,
  )
  const environment = ['env', '-i', '--', ...variables]
  const session = ['setsid', '--', ...runAs]
  // env last, so that a program's LD_LIBRARY_PATH is no other program's, and its LD_PRELOAD nothing that still may become
  // another account; but env takes a word with = for a variable.
  const named = spec.argv[0]?.includes('=') !== true
  const unnamed = ['/usr/bin/setpriv', '--no-new-privs', '--']
  if (spec.sandbox !== undefined)
    return {
      outer: [...session, ...sandboxWords(spec.sandbox, spec)],
      inner: named ? environment : [...environment, ...unnamed],
    }
  if (named) return { outer: [...session, ...environment], inner: [] }
  return {
    outer: runAs.length === 0 ? [...environment, '/usr/bin/setsid', '--'] : [...session, ...environment, ...unnamed],
    inner: [],
  }
}
