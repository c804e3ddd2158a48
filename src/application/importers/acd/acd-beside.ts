import type { DraftFields } from '../draft.ts'
import { type AcdContext, type AcdPart, readFormat, writtenFormat } from './acd-parameter.ts'
import type { AcdDefinition } from './acd-reader.ts'

type Beside = readonly (readonly [qualifier: string, fields: DraftFields])[]

/**
 * The qualifiers that EMBOSS has beside a parameter of each type ("Associated qualifiers" of `PROGRAM -help -verbose`), as far
 * as they are a caller's. Where files lie and what they are called is the description's.
 */
const sequence: Beside = [
  ['sbegin', { type: 'integer', help: 'First position to be used; a negative one counts from the end' }],
  ['send', { type: 'integer', help: 'Last position to be used; a negative one counts from the end' }],
  ['sreverse', { type: 'boolean', help: 'The reverse complement is used (of nucleotides)' }],
  ['snucleotide', { type: 'boolean', help: 'It is nucleotides' }],
  ['sprotein', { type: 'boolean', help: 'It is protein' }],
  ['slower', { type: 'boolean', help: 'It is made lower case' }],
  ['supper', { type: 'boolean', help: 'It is made upper case' }],
  ['scircular', { type: 'boolean', help: 'It is circular' }],
  ['ioffset', { type: 'integer', range: '0..', help: 'The byte of the file with which the first entry begins' }],
  ['sid', { type: 'string', help: 'The name of the entry' }],
  ['sdbname', { type: 'string', help: 'The name of the database' }],
]
const drawing: Beside = [
  ['gtitle', { type: 'string', help: 'Title of the graph' }],
  ['gsubtitle', { type: 'string', help: 'Subtitle of the graph' }],
  ['gxtitle', { type: 'string', help: 'Title of the x axis' }],
  ['gytitle', { type: 'string', help: 'Title of the y axis' }],
]
const pattern: Beside = [
  ['pname', { type: 'string', help: 'Name of the pattern in the report' }],
  ['pmismatch', { type: 'integer', range: '0..', help: 'So many positions may differ' }],
]
const sequences: Beside = [
  ['osformat', { type: 'string', pattern: writtenFormat, help: 'Format of the file' }],
  ['osdbname', { type: 'string', help: 'Name of the database, put before the names of entries' }],
]
const oformat: Beside = [['oformat', { type: 'string', pattern: writtenFormat, help: 'Format of the file' }]]

const table: Readonly<Record<string, Beside>> = {
  ...{ sequence, seqall: sequence, seqset: sequence, seqsetall: sequence },
  features: [
    ['fbegin', { type: 'integer', help: 'First position to be used' }],
    ['fend', { type: 'integer', help: 'Last position to be used' }],
    ['freverse', { type: 'boolean', help: 'The reverse complement is used' }],
    ['fcircular', { type: 'boolean', help: 'It is circular' }],
  ],
  assembly: [
    ['cbegin', { type: 'integer', help: 'First position of the contig to be used' }],
    ['cend', { type: 'integer', help: 'Last position of the contig to be used' }],
  ],
  url: [
    ['swiss', { type: 'boolean', help: 'Cross-references of Swiss-Prot' }],
    ['embl', { type: 'boolean', help: 'Cross-references of EMBL, GenBank and DDBJ' }],
    ['accession', { type: 'string', help: 'Primary accession of the source' }],
    ['identifier', { type: 'string', help: 'Term of EDAM for the identifier' }],
  ],
  ...{ pattern, regexp: pattern, graph: drawing, xygraph: drawing },
  align: [
    ['aformat', { type: 'string', pattern: writtenFormat, help: 'Format of the file' }],
    ['awidth', { type: 'integer', range: '0..10000', help: 'Width of the alignment' }],
    ['aaccshow', { type: 'boolean', help: 'Accession numbers are shown' }],
    ['adesshow', { type: 'boolean', help: 'Descriptions are shown' }],
    ['ausashow', { type: 'boolean', help: 'Where the sequences come from is shown' }],
    ['aglobal', { type: 'boolean', help: 'All of each sequence is shown' }],
  ],
  report: [
    ['rformat', { type: 'string', pattern: writtenFormat, help: 'Format of the file' }],
    ['raccshow', { type: 'boolean', help: 'Accession numbers are shown' }],
    ['rdesshow', { type: 'boolean', help: 'Descriptions are shown' }],
    ['rscoreshow', { type: 'boolean', help: 'Scores are shown' }],
    ['rstrandshow', { type: 'boolean', help: 'Strands are shown' }],
    ['rusashow', { type: 'boolean', help: 'Where the sequences come from is shown' }],
    ['rmaxall', { type: 'integer', range: '0..', help: 'At most so many hits in all' }],
    ['rmaxseq', { type: 'integer', range: '0..', help: 'At most so many hits a sequence' }],
  ],
  featout: [['offormat', { type: 'string', pattern: writtenFormat, help: 'Format of the file' }]],
  ...{ seqout: sequences, seqoutall: sequences, seqoutset: sequences },
  ...{ outassembly: oformat, outcodon: oformat, outobo: oformat, outrefseq: oformat, outresource: oformat },
  ...{ outtaxon: oformat, outtext: oformat, outurl: oformat, outvariation: oformat, outxml: oformat },
}

/** The inputs for the qualifiers beside a parameter, and their words. Those that set a format are called NAME_format. */
export function partsBeside(definition: AcdDefinition, context: AcdContext): Pick<AcdPart, 'inputs' | 'words'> {
  // Patterns have theirs without a number, and so without a name.
  const isNumbered = definition.type !== 'pattern' && definition.type !== 'regexp'
  const found = (table[definition.type] ?? []).map(([qualifier, fields]) => {
    const own = context.nameOf(`${definition.name}_${qualifier.endsWith('format') ? 'format' : qualifier}`)
    const word = `[-${qualifier}${isNumbered ? `_${definition.name}` : ''}={${own}}]`
    return { own, word, fields: { ...fields, optional: true, advanced: true } }
  })
  return {
    inputs: Object.fromEntries(found.map(({ own, fields }) => [own, fields])),
    words: found.map(({ word }) => word),
  }
}

/** A table of features beside a sequence that has them. */
export function featuresBeside(definition: AcdDefinition, context: AcdContext): Pick<AcdPart, 'inputs' | 'words'> {
  if (!definition.attributes.has('features')) return { inputs: {}, words: [] }
  const table = context.nameOf(`${definition.name}_features`)
  const format = context.nameOf(`${definition.name}_features_format`)
  return {
    inputs: {
      [table]: {
        type: 'file',
        optional: true,
        advanced: true,
        help: 'Its features, when they are in a file of their own',
      },
      [format]: {
        type: 'string',
        pattern: readFormat,
        optional: true,
        advanced: true,
        help: 'Format of the features',
      },
    },
    words: [`[-ufo_${definition.name}={${table}}]`, `[-fformat_${definition.name}={${format}}]`],
  }
}
