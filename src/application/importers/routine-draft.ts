import { operationNameProblem } from '../names.ts'
import { ownOperations } from '../own-operations.ts'
import type { Draft, DraftFields, DraftValue } from './draft.ts'
import { DraftNames } from './draft-names.ts'
import { serviceName } from './draft-text.ts'
import { ImportError } from './import-error.ts'

/** An argument as a foreign declaration has it, in the types of our descriptions. */
export interface DraftArgument {
  readonly name: string
  readonly fields: DraftFields
}

/** A routine as a foreign declaration has it; or why it cannot be called. */
export interface DraftRoutine {
  readonly name: string
  readonly title?: string
  readonly symbol?: string
  readonly isFortran?: boolean
  readonly arguments: readonly DraftArgument[]
  readonly returns?: string
  readonly problem?: string
}

/** Routines as a description of their library. `file`: where they are declared; `library`: its file. */
export function draftOfLibrary(
  file: string,
  library: string,
  routines: readonly DraftRoutine[],
  environment: Readonly<Record<string, string>>,
  notes: string[],
): Draft {
  const names = new DraftNames(note => notes.push(note))
  const operations: Record<string, DraftValue> = {}
  for (const routine of routines) {
    if (routine.problem !== undefined) {
      notes.push(`${routine.name} is left out: ${routine.problem}.`)
      continue
    }
    const wanted = routine.name
    const own = ownOperations.includes(wanted) || operationNameProblem(wanted) !== undefined
    const name = names.take(own ? `do_${wanted}` : wanted)
    if (own)
      notes.push(`${wanted} is called ${name}: every job, or every object of a caller's language, has a ${wanted}.`)
    operations[name] = operationOf(routine, name, note => notes.push(`${wanted}: ${note}`))
  }
  if (Object.keys(operations).length === 0)
    throw new ImportError(file, undefined, `there is no routine in it that a service could call. ${notes.join(' ')}`)
  const base = library.replace(/^lib/, '').replace(/\.so.*$/, '')
  return {
    name: serviceName(base, 'library'),
    title: `Routines of ${library}`,
    library,
    environment,
    inputs: {},
    outputs: {},
    operations,
    notes,
  }
}

function operationOf(routine: DraftRoutine, name: string, note: (text: string) => void): DraftValue {
  const names = new DraftNames(note)
  const renamed = new Map(routine.arguments.map(one => [one.name.toLowerCase(), names.take(one.name)]))
  const rename = (text: string): string => text.replace(/[A-Za-z]\w*/g, word => renamed.get(word.toLowerCase()) ?? word)
  const given = routine.arguments.map(({ name: argument, fields }): readonly [string, DraftValue] => {
    const { c = '', value, ...rest } = fields
    const type = String(c).replace(/\[.*\]/, rename)
    const said: DraftFields = { c: type, ...(value === undefined ? {} : { value: rename(String(value)) }), ...rest }
    const all = Object.fromEntries(
      Object.entries(said).filter((entry): entry is [string, DraftValue] => entry[1] !== undefined),
    )
    return [renamed.get(argument.toLowerCase()) ?? argument, Object.keys(all).length === 1 ? type : all]
  })
  const symbol = routine.symbol ?? routine.name
  const usual = routine.isFortran === true ? `${name.toLowerCase()}_` : name
  return {
    ...(routine.title === undefined ? {} : { title: routine.title }),
    ...(symbol === usual ? {} : { symbol }),
    ...(routine.isFortran === true ? { convention: 'fortran77' } : {}),
    ...(given.length === 0 ? {} : { arguments: Object.fromEntries(given) }),
    ...(routine.returns === undefined ? {} : { returns: routine.returns }),
  }
}
