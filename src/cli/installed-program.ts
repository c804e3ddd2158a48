import { delimiter, join } from 'node:path'
import type { Application } from '../application/model.ts'
import { isExecutable } from '../files/is-executable.ts'

/** The program that a description runs, when it is a plain word that is not found here: undefined when nothing is amiss. */
export function missingProgram({ command: [first], setup }: Application): string | undefined {
  // What a set-up makes known nobody knows before it.
  if (setup !== undefined) return undefined
  const part = first?.kind === 'word' && first.parts.length === 1 ? first.parts[0] : undefined
  if (part?.kind !== 'literal') return undefined
  const program = part.text
  const places = program.includes('/')
    ? [program]
    : (process.env['PATH'] ?? '').split(delimiter).map(folder => join(folder, program))
  return places.some(isExecutable) ? undefined : program
}
