import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { text } from 'node:stream/consumers'
import { importCHeader } from '../../application/importers/c-header/import-c-header.ts'
import { importFortran } from '../../application/importers/fortran/import-fortran.ts'
import { ImportError } from '../../application/importers/import-error.ts'
import type { ImportFlags } from './import-flags.ts'
import { writeImported } from './write-imported.ts'

export interface LibraryFlags extends ImportFlags {
  readonly library?: string
}

const patience = 30_000
const prototypes = ['--output-format=json', '--language-force=C', '--kinds-C=p', '--fields=+StK', '-f', '-']

/** Makes descriptions of the libraries that headers of C declare; universal-ctags reads them. */
export const importCHeaders = (files: readonly string[], flags: LibraryFlags): Promise<void> =>
  writeImported(files, flags, async file =>
    importCHeader(await tagsOf(file), file, libraryOf(file, flags), flags.environment),
  )

/** The same of Fortran sources, and of signature files of f2py. */
export const importFortranSources = (files: readonly string[], flags: LibraryFlags): Promise<void> =>
  writeImported(files, flags, async file =>
    importFortran(await readFile(file, 'utf8'), file, libraryOf(file, flags), flags.environment),
  )

/** The library is called like its header or source, unless it is named. */
const libraryOf = (file: string, { library }: LibraryFlags): string =>
  library ??
  `lib${basename(file)
    .replace(/\.\w+$/, '')
    .replace(/^lib/, '')}.so`

async function tagsOf(file: string): Promise<string> {
  const child = spawn('ctags', [...prototypes, file], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: patience,
    killSignal: 'SIGKILL',
  })
  const ended = once(child, 'close').catch(() => {
    throw new ImportError(file, undefined, 'universal-ctags, which reads it, is not installed here')
  })
  const [out, complaint, [code]] = await Promise.all([text(child.stdout), text(child.stderr), ended])
  const said = complaint.trim().split('\n')[0] ?? ''
  if (code !== 0 || /cannot open/.test(said)) throw new ImportError(file, undefined, said || 'ctags cannot read it')
  return out
}
