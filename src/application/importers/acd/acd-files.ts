import type { DraftFields, DraftValue } from '../draft.ts'
import { featuresBeside, partsBeside } from './acd-beside.ts'
import {
  type AcdContext,
  type AcdPart,
  constant,
  helpOf,
  isAskedFor,
  isComputed,
  isYes,
  noPart,
  readFormat,
} from './acd-parameter.ts'
import type { AcdDefinition } from './acd-reader.ts'

const sequenceTypes = ['sequence', 'seqall', 'seqset', 'seqsetall']
/** Types whose values are read from a file, or asked of a database. */
const queryTypes = ['assembly', 'obo', 'refseq', 'resource', 'taxon', 'text', 'url', 'variation', 'xml']
/** Types of files that EMBOSS has some of itself, by name. */
const dataTypes = ['codon', 'datafile', 'matrix', 'matrixf', 'cpdb', 'scop']

/** Databases that nobody here configured; no word that EMBOSS takes for `list` (see readFormat). */
const anyDatabase = '(?:[A-KM-Za-km-z]|[Ll][A-HJ-Za-hj-z])[A-Za-z0-9_]{0,39}'
const namePattern = String.raw`[A-Za-z0-9][A-Za-z0-9_.\-]{0,60}`
/**
 * What a query may be: `DB:ENTRY`, `DB-FIELD:WORDS`, `DB-{id:A | acc:B}`, each with a range behind it. Nothing that makes EMBOSS
 * run a program (a | at the end), read a list, or look for a file elsewhere.
 */
const entryPattern = (databases: readonly string[]): string => {
  const words = String.raw`[A-Za-z0-9_.*?,\-][A-Za-z0-9_.*?,:\- ]{0,199}`
  const query = String.raw`\{[A-Za-z0-9_.*?,:\- |&!^]{1,200}\}`
  const range = String.raw`(?:\[-?[0-9]*:-?[0-9]*(?::r)?\])?`
  return `(?:${databases.join('|')})(?:-[A-Za-z]{1,20})?(?:[:]${words}|[:-]?${query})${range}`
}

/** Parameters that are files. */
export function readFileParameter(definition: AcdDefinition, context: AcdContext): AcdPart | undefined {
  const { type } = definition
  if (sequenceTypes.includes(type)) return sequence(definition, context)
  if (type === 'features') return records(definition, context, 'fformat', 'gff3')
  if (type === 'assembly') return withIndex(records(definition, context, 'iformat', undefined), definition, context)
  if (queryTypes.includes(type)) return records(definition, context, 'iformat', undefined)
  if (dataTypes.includes(type)) return data(definition, context)
  if (type === 'infile') return file(definition, context)
  if (type === 'filelist') return file(definition, context, { many: '1..1000', join: ',' })
  if (type === 'directory' || type === 'dirlist') return file(definition, context, { type: 'directory' })
  return undefined
}

/** Whether a call without it cannot go well. */
const isRequired = (definition: AcdDefinition): boolean =>
  isAskedFor(definition) &&
  !definition.attributes.has('default') &&
  !isYes(constant(definition, 'nullok')) &&
  !isComputed(definition, 'nullok')

function file(definition: AcdDefinition, context: AcdContext, more: DraftFields = {}): AcdPart {
  const name = context.nameOf(definition.name)
  const required = isRequired(definition)
  const help = helpOf(definition) ?? definition.attributes.get('knowntype')
  const word = `-${definition.name}={${name}}`
  return {
    ...noPart,
    inputs: { [name]: { type: 'file', ...(required ? {} : { optional: true }), help, ...more } },
    words: [required ? word : `[${word}]`],
  }
}

/** A file, or one of EMBOSS's own by its name. */
function data(definition: AcdDefinition, context: AcdContext): AcdPart {
  const part = file(definition, context)
  const name = context.nameOf(`${definition.name}_name`)
  const help = 'The name of a file that EMBOSS has itself'
  const own = or(
    part,
    name,
    { type: 'string', pattern: namePattern, help, advanced: true },
    `-${definition.name}={${name}}`,
  )
  if (definition.type !== 'codon') return own
  const format = context.nameOf(`${definition.name}_format`)
  const told = { type: 'string', pattern: readFormat, optional: true, advanced: true, help: 'Format of the file' }
  return {
    ...own,
    inputs: { ...own.inputs, [format]: told },
    words: [...own.words, `[-format_${definition.name}={${format}}]`],
  }
}

/** A file that has its content from somewhere else, too: exactly one of both when it is required. */
function or(part: AcdPart, other: string, fields: DraftFields, word: string): AcdPart {
  const [name, own] = Object.entries(part.inputs)[0] ?? ['', {}]
  const [kind, those] = Object.entries(part.rules[0] ?? {})[0] ?? [
    own['optional'] === true ? 'at most one of' : 'one of',
    [name],
  ]
  return {
    ...part,
    inputs: { ...part.inputs, [name]: { ...own, optional: true }, [other]: { ...fields, optional: true } },
    words: [...part.words.map(one => (one.startsWith('[') ? one : `[${one}]`)), `[${word}]`],
    rules: [{ [kind]: [...those, other] }],
  }
}

function orEntry(part: AcdPart, definition: AcdDefinition, context: AcdContext): AcdPart {
  const { name, type } = definition
  // Addresses are made of a catalogue that EMBOSS has itself.
  const databases = type === 'url' ? [anyDatabase] : context.databases
  if (databases.length === 0) return part
  const entry = context.nameOf(`${name}_entry`)
  const help = 'An entry of a database here instead of a file: DATABASE:ENTRY, with * for several'
  return or(part, entry, { type: 'string', pattern: entryPattern(databases), help }, `-${name}={${entry}}`)
}

/** Several files, or entries, stand in a file that is written for the run: one a line, as EMBOSS reads lists. */
function orSeveral(part: AcdPart, definition: AcdDefinition, context: AcdContext, format: string): AcdPart {
  if (definition.type === 'sequence') return part
  const { name } = definition
  const files = context.nameOf(`${name}_files`)
  const list = `${files}.list`
  const several = or(
    part,
    files,
    { type: 'file', many: '1..1000', help: 'Several files' },
    `${files}? -${name}=@${list}`,
  )
  const only = context.nameOf(`${name}_only`)
  const lines = `[!${only}? {${format}}::{${files}}]\n[${only}? {${format}}::{${files}}:{${only}}]\n`
  if (context.databases.length === 0) return { ...several, files: [{ [list]: lines }] }
  const entries = context.nameOf(`${name}_entries`)
  const many = { type: 'text', pattern: entryPattern(context.databases), many: '1..1000', help: 'Several entries' }
  const entryList = `${entries}.list`
  const both = or(several, entries, many, `${entries}? -${name}=@${entryList}`)
  return { ...both, files: [{ [list]: lines }, { [entryList]: `{${entries}}\n` }] }
}

/** What is read as records of some format: `default` is said unless the caller says another, undefined lets EMBOSS look. */
function records(
  definition: AcdDefinition,
  context: AcdContext,
  qualifier: string,
  preset: string | undefined,
): AcdPart {
  const part = file(definition, context)
  const { format, only } = chosen(definition, context, preset, 'Format of the file')
  const beside = partsBeside(definition, context)
  const words = picked(
    definition,
    context,
    preset === undefined ? '' : ` -${qualifier}_${definition.name}={${format.name}}`,
  )
  const asked = preset === undefined ? [`[-${qualifier}_${definition.name}={${format.name}}]`] : []
  const whole = orEntry({ ...part, words, inputs: { ...part.inputs, ...format.inputs, ...only } }, definition, context)
  return {
    ...whole,
    inputs: { ...whole.inputs, ...beside.inputs },
    words: [...whole.words, ...asked, ...beside.words],
  }
}

/** An index lies beside a BAM file, under its name and .bai; without one, queries read all of it. */
function withIndex(part: AcdPart, definition: AcdDefinition, context: AcdContext): AcdPart {
  const name = context.nameOf(definition.name)
  const index = context.nameOf(`${definition.name}_index`)
  const help = 'The index of a BAM file whose name ends with .bam'
  return {
    ...part,
    inputs: {
      ...part.inputs,
      [index]: { type: 'file', name: `${name}.bam.bai`, optional: true, advanced: true, help },
    },
  }
}

/** Their format is always said: guessing, EMBOSS takes junk for a sequence, and aligns it. */
function sequence(definition: AcdDefinition, context: AcdContext): AcdPart {
  const help = 'Format of the file; "unknown" lets EMBOSS guess, and take junk for a sequence'
  const part = file(definition, context)
  const { format, only } = chosen(definition, context, 'fasta', help)
  const words = picked(definition, context, ` -sformat_${definition.name}={${format.name}}`)
  const own = orEntry({ ...part, words, inputs: { ...part.inputs, ...format.inputs, ...only } }, definition, context)
  const whole = orSeveral(own, definition, context, format.name)
  const [beside, features] = [partsBeside(definition, context), featuresBeside(definition, context)]
  return {
    ...whole,
    inputs: { ...whole.inputs, ...beside.inputs, ...features.inputs },
    words: [...whole.words, ...beside.words, ...features.words],
  }
}

interface Chosen {
  readonly format: { readonly name: string; readonly inputs: Readonly<Record<string, DraftFields>> }
  readonly only: Readonly<Record<string, DraftFields>>
}

/** The inputs that say in which format a file is, and which of its entries are meant. */
function chosen(definition: AcdDefinition, context: AcdContext, preset: string | undefined, help: string): Chosen {
  const name = context.nameOf(`${definition.name}_format`)
  const said: Record<string, DraftValue> = preset === undefined ? { optional: true } : { default: preset }
  const only = context.nameOf(`${definition.name}_only`)
  return {
    format: { name, inputs: { [name]: { type: 'string', pattern: readFormat, ...said, help, advanced: true } } },
    only: {
      [only]: {
        type: 'string',
        pattern: String.raw`[A-Za-z0-9_.*?:\-]{1,200}`,
        optional: true,
        advanced: true,
        help: 'Only the entries of the file with this name, with * for several; or FIELD:WORDS',
      },
    },
  }
}

/** The words for a file: all of it, or some entries only (a Uniform Sequence Address, FILE:ENTRY). */
function picked(definition: AcdDefinition, context: AcdContext, more: string): readonly string[] {
  const [name, only] = [context.nameOf(definition.name), context.nameOf(`${definition.name}_only`)]
  return [`[!${only}? -${definition.name}={${name}}${more}]`, `[-${definition.name}={${name}}:{${only}}${more}]`]
}
