import { readdir, readFile } from 'node:fs/promises'
import { delimiter, dirname, join, resolve } from 'node:path'
import { importAcd } from '../../application/importers/acd/import-acd.ts'
import { isExecutable } from '../../files/is-executable.ts'
import { UsageError } from '../terminal.ts'
import type { ImportFlags } from './import-flags.ts'
import { writeImported } from './write-imported.ts'

export interface AcdFlags extends ImportFlags {
  readonly all?: boolean
  readonly databases: readonly string[]
}

/** Imports EMBOSS programs: paths of ACD files, or names of programs, or all of them. */
export async function importAcdFiles(files: readonly string[], flags: AcdFlags): Promise<void> {
  const root = process.env['EMBOSS_ACDROOT'] ?? '/usr/share/EMBOSS/acd'
  if (files.length === 0 && flags.all !== true)
    throw new UsageError('Which program? Give ACD files, names of programs, or --all.')
  const paths =
    flags.all === true ? await allIn(root) : files.map(file => (/[/.]/.test(file) ? file : join(root, `${file}.acd`)))
  await writeImported(paths, flags, async path => {
    const text = await readFile(path, 'latin1')
    const program = installedName(/([^/]+)\.acd$/.exec(path)?.[1] ?? '')
    // With a configuration of the site EMBOSS looks for these where it was built, unless it is told.
    const environment = { EMBOSS_ACDROOT: dirname(resolve(path)), ...flags.environment }
    return importAcd(text, path, {
      ...(program === undefined ? {} : { program }),
      environment,
      databases: flags.databases,
    })
  })
}

async function allIn(root: string): Promise<readonly string[]> {
  const names = await readdir(root).catch(() => {
    throw new UsageError(`${root} cannot be read: install EMBOSS, or say in EMBOSS_ACDROOT where its ACD files are.`)
  })
  return names
    .filter(name => name.endsWith('.acd'))
    .toSorted()
    .map(name => join(root, name))
}

/** Distributions call some of them em_NAME, because others have their names already. */
const installedName = (name: string): string | undefined =>
  [`em_${name}`, name].find(one =>
    (process.env['PATH'] ?? '').split(delimiter).some(folder => isExecutable(join(folder, one))),
  )
