import type { Command } from 'commander'
import type { Draft } from '../../application/importers/draft.ts'
import type { AcdFlags } from '../import/acd-files.ts'
import type { HelpFlags } from '../import/help-of-program.ts'
import type { ImportFlags } from '../import/import-flags.ts'
import type { LibraryFlags } from '../import/library-files.ts'
import { UsageError } from '../terminal.ts'

/** `gridwrap import KIND …`: foreign descriptions as ours. */
export function addImport(program: Command): void {
  const kinds = program
    .command('import')
    .description('make descriptions from those that programs already have; what could not be carried over is told')
    .addHelpText('after', '\nExample:\n  gridwrap import acd needle > services/needle/application.yaml')
  common(kinds.command('acd [file...]'))
    .description(
      "EMBOSS's ACD files: paths, or names of programs, which are looked up in EMBOSS_ACDROOT or /usr/share/EMBOSS/acd",
    )
    .option('--all', 'every program there is')
    .option('--databases <names>', 'databases of EMBOSS here, whose entries callers may name: tsw,tembl', names, [])
    .addHelpText(
      'after',
      `
Examples:
  gridwrap import acd needle > services/needle/application.yaml
  gridwrap import acd --all --out services/emboss && gridwrap register services/emboss`,
    )
    .action(async (files: readonly string[], flags: AcdFlags) => {
      const { importAcdFiles } = await import('../import/acd-files.ts')
      await importAcdFiles(files, flags)
    })
  common(kinds.command('cwl <file...>'))
    .description('CommandLineTools of CWL v1.0 to v1.2, as far as they need no JavaScript and no shell')
    .addHelpText(
      'after',
      '\nExample:\n  gridwrap import cwl samtools-index.cwl > services/samtools-index/application.yaml',
    )
    .action(async (files: readonly string[], flags: ImportFlags) => {
      const { importCwl } = await import('../../application/importers/cwl/import-cwl.ts')
      await importTexts(files, flags, (text, file) => importCwl(text, file, flags.environment))
    })
  common(kinds.command('boutiques <file...>'))
    .description('descriptors of Boutiques (schema 0.5), as far as their command line needs no shell')
    .addHelpText('after', '\nExample:\n  gridwrap import boutiques bet.json --out services')
    .action(async (files: readonly string[], flags: ImportFlags) => {
      const { importBoutiques } = await import('../../application/importers/boutiques/import-boutiques.ts')
      await importTexts(files, flags, (text, file) => importBoutiques(text, file, flags.environment))
    })
  common(kinds.command('python <file...>'))
    .description('Python modules: their annotated functions become typed calls of a session; nothing of them is run')
    .addHelpText(
      'after',
      '\nExample:\n  gridwrap import python geometry.py --out services && gridwrap check services/geometry',
    )
    .action(async (files: readonly string[], flags: ImportFlags) => {
      const { importPythonModules } = await import('../import/python-modules.ts')
      await importPythonModules(files, flags)
    })
  common(kinds.command('c-header <file...>'))
    .description('C headers: their prototypes become calls of the library; what C does not say is guessed, and told')
    .option('--library <name>', 'the library, when it is not called like the header')
    .addHelpText('after', '\nExample:\n  gridwrap import c-header smooth.h --library libsmooth.so --out services')
    .action(async (files: readonly string[], flags: LibraryFlags) => {
      const { importCHeaders } = await import('../import/library-files.ts')
      await importCHeaders(files, flags)
    })
  common(kinds.command('fortran <file...>').alias('pyf'))
    .description('Fortran sources, and signature files of f2py: their routines become calls of the library')
    .option('--library <name>', 'the library, when it is not called like the source')
    .addHelpText('after', '\nExample:\n  gridwrap import fortran lift.f90 --out services')
    .action(async (files: readonly string[], flags: LibraryFlags) => {
      const { importFortranSources } = await import('../import/library-files.ts')
      await importFortranSources(files, flags)
    })
  common(kinds.command('help <command...>'))
    .description('a draft from what a program prints for --help; every guess is told')
    .option('--from <file>', 'read what it printed from a file, and run nothing')
    .addHelpText(
      'after',
      `
Examples:
  gridwrap import help clustalo --out services
  gridwrap import help -- python3 -m json.tool
  gridwrap import help old-solver --from what-it-printed.txt`,
    )
    .action(async (command: readonly string[], flags: HelpFlags) => {
      const { importProgramHelp } = await import('../import/help-of-program.ts')
      await importProgramHelp(command, flags)
    })
}

async function importTexts(
  files: readonly string[],
  flags: ImportFlags,
  read: (text: string, file: string) => Draft,
): Promise<void> {
  const { readFile } = await import('node:fs/promises')
  const { writeImported } = await import('../import/write-imported.ts')
  await writeImported(files, flags, async file => read(await readFile(file, 'utf8'), file))
}

const common = (command: Command): Command =>
  command
    .option('--out <dir>', 'write DIR/NAME/application.yaml; without it, one description goes to standard output')
    .option('--force', 'replace descriptions that are there')
    .option('--environment <name=value>', 'a variable that the program gets; may be given again', variable, {})
    .option('--json', 'answer in JSON')

const names = (text: string): readonly string[] => {
  const list = text.split(',')
  const wrong = list.find(one => !/^[A-Za-z][A-Za-z0-9_]{0,39}$/.test(one))
  if (wrong !== undefined) throw new UsageError(`"${wrong}" is no name of a database; write --databases tsw,tembl.`)
  return list
}

function variable(text: string, before: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const [, name, value] = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s.exec(text) ?? []
  if (name === undefined || value === undefined)
    throw new UsageError(`"${text}" is no variable; write --environment EMBOSSRC=/etc/emboss.`)
  return { ...before, [name]: value }
}
