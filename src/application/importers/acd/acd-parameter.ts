import type { DraftFields } from '../draft.ts'
import { inLine } from '../draft-text.ts'
import type { AcdCondition, AcdConditions } from './acd-condition.ts'
import { constantOf, parseAcdExpression } from './acd-expression.ts'
import type { AcdDefinition } from './acd-reader.ts'

/** What one ACD parameter becomes. */
export interface AcdPart {
  readonly inputs: Readonly<Record<string, DraftFields>>
  readonly outputs: Readonly<Record<string, DraftFields>>
  /** Words of the command, each whole: `[-gapopen={gapopen}]`. */
  readonly words: readonly string[]
  readonly rules: readonly Readonly<Record<string, readonly string[]>>[]
  /** Files that are written for each run. */
  readonly files?: readonly Readonly<Record<string, string>>[]
}

/**
 * The format of a file that is read: no word that EMBOSS takes for `list`, in which case a caller's file would be read as
 * addresses, of files and of programs.
 */
export const readFormat = '(?:[a-km-z0-9]|l[a-hj-z0-9])[a-z0-9-]{0,29}'
/** The format of a file that is written. */
export const writtenFormat = '[a-z0-9][a-z0-9-]{0,29}'

export const noPart: AcdPart = { inputs: {}, outputs: {}, words: [], rules: [] }

/** What the parameters are read with. */
export interface AcdContext {
  /** A name for what the description calls differently, or has beside the parameter. */
  readonly nameOf: (foreign: string) => string
  readonly note: (note: string) => void
  readonly conditions: AcdConditions
  /** Databases whose entries callers may name instead of giving a file. */
  readonly databases: readonly string[]
}

/** An attribute as far as it is the same for every caller; undefined when it is not said, or computed. */
export const constant = (definition: AcdDefinition, attribute: string): string | undefined => {
  const text = definition.attributes.get(attribute)
  return text === undefined ? undefined : constantOf(parseAcdExpression(text))
}

export const isYes = (text: string | undefined): boolean => text !== undefined && /^(?:y|yes|true|1)$/i.test(text)

/** Whether an attribute is said and computed from what only the program knows. */
export const isComputed = (definition: AcdDefinition, attribute: string): boolean =>
  definition.attributes.has(attribute) && constant(definition, attribute) === undefined

/** What people are told of a parameter: its prompt, its help, what the program takes when nothing is said. */
export function helpOf(definition: AcdDefinition): string | undefined {
  const { attributes } = definition
  const said = (key: string): string | undefined => attributes.get(key)
  const expected = said('expected')
  const parts = [
    said('information'),
    said('prompt'),
    said('help'),
    expected === undefined ? undefined : `When left out: ${expected}`,
  ]
  const text = parts
    .filter((part, index) => part !== undefined && part !== '' && parts.indexOf(part) === index)
    .map(part => (/[.?!:]$/.test(part ?? '') ? part : `${part}.`))
    .join(' ')
  return text === '' ? undefined : inLine(text, 900)
}

/** Whether the program asks for it by itself: a parameter or a standard qualifier, for every caller. */
export const isAskedFor = (definition: AcdDefinition): boolean =>
  isYes(constant(definition, 'parameter')) || isYes(constant(definition, 'standard'))

/** The condition on which the program asks for it at all; undefined when it always may. */
export function conditionOf(definition: AcdDefinition, context: AcdContext): AcdCondition | undefined {
  for (const key of ['standard', 'additional', 'parameter']) {
    const text = definition.attributes.get(key)
    if (text !== undefined) return context.conditions.of(text)
  }
  return undefined
}
