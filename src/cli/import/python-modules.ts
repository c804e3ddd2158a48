import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { ImportError } from '../../application/importers/import-error.ts'
import { describeModule } from '../../application/importers/python/describe-module.ts'
import { importPython } from '../../application/importers/python/import-python.ts'
import { readPythonModule } from '../../application/importers/python/python-module.ts'
import { say } from '../terminal.ts'
import type { ImportFlags } from './import-flags.ts'
import { writeImported } from './write-imported.ts'

const patience = 30_000

/** Makes descriptions of Python modules, which python3 parses and does not run; with `--out` the module is put beside its own. */
export async function importPythonModules(files: readonly string[], flags: ImportFlags): Promise<void> {
  await writeImported(
    files,
    flags,
    async file => importPython(readPythonModule(await described(file), file), file, flags.environment),
    async (file, folder) => {
      await copyFile(file, join(folder, basename(file)))
    },
  )
  if (flags.out === undefined && flags.json !== true)
    say(`  Put ${files.map(file => basename(file)).join(', ')} beside the description.`)
}

async function described(file: string): Promise<string> {
  const child = spawn('python3', ['-I', '-c', describeModule, file], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: patience,
    killSignal: 'SIGKILL',
  })
  const ended = once(child, 'close').catch((error: Error) => {
    throw new ImportError(file, undefined, `python3, which reads it, cannot be run: ${error.message}`)
  })
  const [out, complaint, [code]] = await Promise.all([text(child.stdout), text(child.stderr), ended])
  if (code === 0) return out
  throw new ImportError(file, undefined, complaint.trim().split('\n').at(-1) ?? 'python3 cannot read it')
}
