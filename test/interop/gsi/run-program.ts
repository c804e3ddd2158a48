import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'

export interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs a real program to its end, with nothing of this process's environment but PATH. Killed after 60 seconds. */
export async function run(
  program: string,
  args: readonly string[],
  options: { readonly env?: Readonly<Record<string, string>>; readonly input?: string; readonly cwd?: string } = {},
): Promise<Ran> {
  const child = spawn(program, args, {
    env: { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    timeout: 60_000,
    killSignal: 'SIGKILL',
  })
  child.stdin.on('error', () => undefined)
  child.stdin.end(options.input ?? '')
  const ended = new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve))
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended])
  return { code, stdout, stderr }
}
