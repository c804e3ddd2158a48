import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { root } from '../../support/site.ts'

export const gridwrap = join(root, 'bin', 'gridwrap')

export interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface CommandOptions {
  /** The whole environment; nothing is inherited, so that the tester's own credentials play no part. */
  readonly env: Readonly<Record<string, string>>
  readonly cwd?: string
  /** What it reads on standard input. */
  readonly input?: string
}

/** Runs the command line as a person does, to its end. */
export async function run(words: readonly string[], options: CommandOptions): Promise<Ran> {
  const child = start(words, options)
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { code: code as number | null, stdout, stderr }
}

/** The same, for what is to be watched or interrupted while it goes on. */
export function start(
  words: readonly string[],
  { env, cwd, input }: CommandOptions,
): ChildProcess & { stdout: Readable; stderr: Readable } {
  const child = spawn(gridwrap, words, { env, ...(cwd === undefined ? {} : { cwd }), stdio: ['pipe', 'pipe', 'pipe'] })
  child.stdin.end(input ?? '')
  return child
}

/** The first line of a stream that matches; rejects when the stream ends without one. */
export async function lineOf(stream: Readable, pattern: RegExp): Promise<string> {
  const seen: string[] = []
  for await (const line of createInterface({ input: stream })) {
    if (pattern.test(line)) return line
    seen.push(line)
  }
  throw new Error(`No line matches ${pattern}:\n${seen.join('\n')}`)
}

/** The answer of a command with --json. */
export const json = <T = unknown>({ stdout }: Ran): T => JSON.parse(stdout) as T
