import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { importHelp } from '../../application/importers/help/import-help.ts'
import { UsageError } from '../terminal.ts'
import type { ImportFlags } from './import-flags.ts'
import { writeImported } from './write-imported.ts'

export interface HelpFlags extends ImportFlags {
  readonly from?: string
}

const patience = 10_000

/** Makes a draft of a program's help: runs it with `--help` and its like, or reads what it printed from a file. */
export async function importProgramHelp(command: readonly string[], flags: HelpFlags): Promise<void> {
  const name = command.join(' ')
  await writeImported([name], flags, async () => {
    const said = flags.from === undefined ? await helpOf(command) : await readFile(flags.from, 'utf8')
    return importHelp(said, command, flags.environment)
  })
}

/** The longest of what it prints for the ways in which programs are asked. */
async function helpOf(command: readonly string[]): Promise<string> {
  const asked = await Promise.all(['--help', '-help', '-h'].map(flag => printed([...command, flag])))
  const [longest] = asked.toSorted((a, b) => b.length - a.length)
  if (longest === undefined || longest.trim() === '')
    throw new UsageError(`${command.join(' ')} prints no help; save what it says to a file and give --from FILE.`)
  return longest
}

async function printed([program = '', ...words]: readonly string[]): Promise<string> {
  const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'pipe'], timeout: patience, killSignal: 'SIGKILL' })
  const found = once(child, 'close').catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(
      error.code === 'ENOENT' ? `There is no program ${program} here.` : `${program} cannot be run: ${error.message}`,
    )
  })
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), found])
  return out.length >= err.length ? out : err
}
