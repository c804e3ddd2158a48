import type { Draft } from '../draft.ts'
import { DraftNames } from '../draft-names.ts'
import { inLine, serviceName } from '../draft-text.ts'
import { ImportError } from '../import-error.ts'
import { AcdConditions } from './acd-condition.ts'
import { readFileParameter } from './acd-files.ts'
import { readOutputParameter } from './acd-outputs.ts'
import { type AcdContext, type AcdPart, conditionOf } from './acd-parameter.ts'
import { type AcdDefinition, readAcd } from './acd-reader.ts'
import { readValueParameter } from './acd-values.ts'

export interface AcdImport {
  /** The program as it is called here; EMBOSS's own name unless said. */
  readonly program?: string
  readonly environment?: Readonly<Record<string, string>>
  readonly databases?: readonly string[]
}

/**
 * Makes a description of an EMBOSS program from its ACD file. It is called with `-auto`: nothing is prompted for, and what
 * is left out has the program's own default.
 *
 * @throws {ImportError} when the file is no ACD.
 */
export function importAcd(text: string, file: string, options: AcdImport = {}): Draft {
  const [application, ...definitions] = readAcd(text, file)
  if (application === undefined) throw new ImportError(file, undefined, 'it defines nothing')
  const notes: string[] = []
  const note = (one: string): void => void notes.push(one)
  const taken = new DraftNames(note)
  const names = new Map<string, string>()
  const nameOf = (foreign: string): string => {
    const name = names.get(foreign) ?? taken.take(foreign)
    names.set(foreign, name)
    return name
  }
  const parameters = definitions.filter(one => !['section', 'variable', 'relations'].includes(one.type))
  // The parameters' own names first: what stands beside one keeps out of their way.
  for (const { name } of parameters) nameOf(name)
  const conditions = new AcdConditions(definitions)
  const context: AcdContext = { nameOf, note, conditions, databases: options.databases ?? [] }
  const parts: AcdPart[] = []
  for (const definition of parameters) {
    const isFirst = parts.every(one => Object.keys(one.outputs).length === 0)
    const part =
      readValueParameter(definition, context) ??
      readFileParameter(definition, context) ??
      readOutputParameter(definition, context, isFirst)
    if (part === undefined) note(`${definition.name}: its type ${definition.type} is not known here; it is left out.`)
    else parts.push(dependent(part, definition, context, parameters))
  }
  return {
    name: serviceName(application.name, 'program'),
    title: inLine(application.attributes.get('documentation') ?? application.name, 120),
    cite: 'Rice, Longden and Bleasby 2000, Trends in Genetics 16, 276',
    keywords: keywordsOf(application),
    command: [`${options.program ?? application.name} -auto`, ...parts.flatMap(part => part.words)].join('\n'),
    environment: options.environment ?? {},
    inputs: Object.assign({}, ...parts.map(part => part.inputs)) as Draft['inputs'],
    outputs: {
      ...(Object.assign({}, ...parts.map(part => part.outputs)) as Draft['outputs']),
      [nameOf('printed')]: { file: 'stdout', optional: true, help: 'What the program says beside its results' },
    },
    files: parts.flatMap(part => part.files ?? []),
    rules: parts.flatMap(part => part.rules),
    // Programs say Error, and go on with what is left; what ended them they say with Died.
    exit: { '1..255': { means: 'EMBOSS refused the inputs', cause: 'input' } },
    watch: {
      error: { in: 'stderr', match: '^(?:Died|Fatal): (.*)', cause: 'input' },
      warning: { in: 'stderr', match: '^((?:Warning|Error): .*)' },
    },
    notes,
  }
}

/** What is asked for on a condition is taken on it only; inputs without one are left as they are. */
function dependent(
  part: AcdPart,
  definition: AcdDefinition,
  context: AcdContext,
  parameters: readonly AcdDefinition[],
): AcdPart {
  const found = conditionOf(definition, context)
  const on = parameters.find(one => one.name === found?.on)
  // Conditions of a description do not chain.
  if (found === undefined || on === undefined || conditionOf(on, context) !== undefined) return part
  const inputs = Object.entries(part.inputs)
  const told = `${found.negated ? '!' : ''}${context.nameOf(found.on)}${found.equals === undefined ? '' : `=${found.equals}`}`
  return {
    ...part,
    inputs: Object.fromEntries(
      inputs.map(([name, fields]) => [
        name,
        name === context.nameOf(definition.name) && Object.keys(part.outputs).length === 0
          ? { ...fields, when: told }
          : fields,
      ]),
    ),
  }
}

const keywordsOf = (application: AcdDefinition): string[] =>
  ['EMBOSS', ...`${application.attributes.get('groups') ?? ''},${relations(application)}`.split(',')]
    .map(one => inLine(one, 100))
    .filter((one, index, all) => one !== '' && all.indexOf(one) === index)
    .slice(0, 50)

const relations = (application: AcdDefinition): string =>
  (application.attributes.get('relations') ?? '').replaceAll(';', ',')
