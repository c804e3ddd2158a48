import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import type { Command } from 'commander'
import { ServiceProxy } from '../../client/service-proxy.ts'
import { jsonOf } from '../../web/json.ts'
import { findHandle } from '../history.ts'
import { seconds } from '../option-values.ts'
import { openSession } from '../session.ts'
import { exitCodes, print, say } from '../terminal.ts'

interface Evaluation {
  readonly ok: boolean
  readonly output: string
  readonly error?: string
  readonly messages?: string
}

interface Flags {
  readonly json?: boolean
  readonly timeout?: number
}

/** Adds `evaluate`: code for a session, from the command line, from a file, or line by line. */
export function addEvaluate(program: Command): void {
  program
    .command('evaluate <job> [code]')
    .summary('hand code to a session, and show what it prints')
    .description(
      'hand code to a session, and show what it prints. Without CODE it is read from standard input: at a terminal line by line (Control-C interrupts, Control-D leaves), else as a whole. JOB: a handle, an id or its beginning, a label, or last',
    )
    .option('-t, --timeout <time>', 'interrupt it after this time', seconds)
    .option('--json', 'answer in JSON')
    .addHelpText(
      'after',
      "\nExamples:\n  gridwrap submit octave --label work && gridwrap evaluate work 'x = 6 * 7'\n  gridwrap evaluate work < script.m",
    )
    .action(async (word: string, code: string | undefined, flags: Flags) => {
      const handle = await findHandle(word)
      using connection = openSession()
      const proxy = await ServiceProxy.open(handle, connection)
      const evaluate = async (one: string): Promise<Evaluation> =>
        (
          await proxy.call<{ evaluation: Evaluation }>(
            'evaluate',
            { code: one, ...(flags.timeout === undefined ? {} : { timeoutSeconds: flags.timeout }) },
            handle,
          )
        ).evaluation
      if (code === undefined && process.stdin.isTTY)
        return await lineByLine(evaluate, () => proxy.call('interrupt', {}, handle))
      const found = await evaluate(code ?? (await text(process.stdin)))
      if (flags.json === true) print(jsonOf(found))
      else show(found)
      if (!found.ok) process.exitCode = exitCodes.jobFailed
    })
}

function show({ ok, output, error, messages }: Evaluation): void {
  if (output !== '') process.stdout.write(output.endsWith('\n') ? output : `${output}\n`)
  if (messages !== undefined) say(messages.trimEnd())
  if (!ok && messages?.includes(error ?? '') !== true) say(error ?? 'It failed.')
}

async function lineByLine(
  evaluate: (code: string) => Promise<Evaluation>,
  interrupt: () => Promise<unknown>,
): Promise<void> {
  const lines = createInterface({ input: process.stdin, output: process.stdout, prompt: '> ' })
  let busy = false
  lines.on('SIGINT', () => {
    if (busy) void interrupt().catch((error: Error) => say(error.message))
    else lines.close()
  })
  lines.prompt()
  for await (const line of lines) {
    if (line.trim() !== '') {
      busy = true
      show(await evaluate(line))
      busy = false
    }
    lines.prompt()
  }
}
