import { partsBeside } from './acd-beside.ts'
import {
  type AcdContext,
  type AcdPart,
  conditionOf,
  constant,
  helpOf,
  isComputed,
  isYes,
  noPart,
  writtenFormat,
} from './acd-parameter.ts'
import type { AcdDefinition } from './acd-reader.ts'

const plainOutputs = [
  'outfile',
  'outdata',
  'outdiscrete',
  'outdistance',
  'outfreq',
  'outmatrix',
  'outmatrixf',
  'outtree',
]
const formattedOutputs = [
  ...[
    'align',
    'featout',
    'report',
    'seqout',
    'seqoutall',
    'seqoutset',
    'outassembly',
    'outcodon',
    'outobo',
    'outrefseq',
  ],
  ...['outresource', 'outtaxon', 'outtext', 'outurl', 'outvariation', 'outxml'],
]

/** Parameters that are results. */
export function readOutputParameter(
  definition: AcdDefinition,
  context: AcdContext,
  isFirst: boolean,
): AcdPart | undefined {
  const { type } = definition
  if (type === 'graph' || type === 'xygraph') return graph(definition, context)
  if (type === 'outdir') return outputDirectory(definition, context)
  if (formattedOutputs.includes(type) || plainOutputs.includes(type)) return outputFile(definition, context, isFirst)
  return undefined
}

function outputFile(definition: AcdDefinition, context: AcdContext, isFirst: boolean): AcdPart {
  const name = context.nameOf(definition.name)
  const isSequences = definition.type.startsWith('seqout')
  const always = isFirst && !isYes(constant(definition, 'nullok')) && !isComputed(definition, 'nullok')
  const output = {
    file: `${name}.${extensionOf(definition)}`,
    ...(always && !isSequences && conditionOf(definition, context) === undefined ? {} : { optional: true }),
    help: helpOf(definition),
  }
  const written = `-${definition.name}={${name}}`
  const whether = wantedBy(definition, context, written)
  const beside = partsBeside(definition, context)
  const part: AcdPart = {
    ...noPart,
    inputs: { ...whether.inputs, ...beside.inputs },
    outputs: { [name]: output },
    words: [...whether.words, ...beside.words],
  }
  if (definition.type === 'outassembly') return withIndex(part, definition, context)
  return isSequences ? withEach(part, definition, context) : part
}

const extensionOf = (definition: AcdDefinition): string => {
  const said = constant(definition, 'extension') ?? constant(definition, 'rextension') ?? ''
  return /^[A-Za-z0-9]{1,10}$/.test(said) ? said : definition.type.startsWith('seqout') ? 'fasta' : 'txt'
}

/** The words for an output that may be left out: callers say whether they want it, or the program's own condition does. */
function wantedBy(definition: AcdDefinition, context: AcdContext, written: string): Pick<AcdPart, 'inputs' | 'words'> {
  const { name, attributes } = definition
  const text = attributes.get('nulldefault')
  const isLeftOut = text !== undefined && !/^(?:n|no|false|0)$/i.test(text)
  const found = isLeftOut ? context.conditions.of(text) : undefined
  if (found?.exact === true) {
    const { on, negated, equals } = found
    const said = `${context.nameOf(on)}${equals === undefined ? '' : `=${equals}`}`
    return { inputs: {}, words: [`[${negated ? said : `!${said}`}? ${written}]`] }
  }
  if (!isLeftOut && !isYes(constant(definition, 'nullok'))) return { inputs: {}, words: [written] }
  const wanted = context.nameOf(`${name}_wanted`)
  return {
    inputs: { [wanted]: { type: 'boolean', default: !isLeftOut, advanced: true, help: `Whether ${name} is written` } },
    words: [`[${wanted}? ${written}]`, ...(isLeftOut ? [] : [`[!${wanted}? -no${name}]`])],
  }
}

/** A BAM file is written with its index beside it. */
function withIndex(part: AcdPart, definition: AcdDefinition, context: AcdContext): AcdPart {
  const name = context.nameOf(definition.name)
  const index = context.nameOf(`${definition.name}_index`)
  const output = { file: `${name}.${extensionOf(definition)}.bai`, optional: true, help: 'The index of a BAM file' }
  return { ...part, outputs: { ...part.outputs, [index]: output } }
}

/** A file for each sequence, in a directory, when that is asked for or the program does so by itself. */
function withEach(bare: AcdPart, definition: AcdDefinition, context: AcdContext): AcdPart {
  const part = withFeatures(bare, definition, context)
  if (definition.type !== 'seqoutall') return part
  const { name } = definition
  const directory = context.nameOf(`${name}_files`)
  const outputs = {
    ...part.outputs,
    [directory]: { directory, create: true, optional: true, help: 'A file for each sequence' },
  }
  if (isYes(constant(definition, 'ossingle')))
    return { ...part, outputs, words: [...part.words, `-osdirectory_${name}={${directory}}`] }
  const single = context.nameOf(`${name}_ossingle`)
  return {
    ...part,
    inputs: {
      ...part.inputs,
      [single]: { type: 'boolean', default: false, advanced: true, help: 'A file for each sequence' },
    },
    outputs,
    words: [...part.words, `[${single}? -ossingle_${name} -osdirectory_${name}={${directory}}]`],
  }
}

/** Features go into a file of their own when the format of the sequences has none. */
function withFeatures(part: AcdPart, definition: AcdDefinition, context: AcdContext): AcdPart {
  if (!definition.attributes.has('features')) return part
  const output = context.nameOf(`${definition.name}_features`)
  const format = context.nameOf(`${definition.name}_features_format`)
  const help = 'Features, when they are not in the file of the sequences'
  return {
    ...part,
    inputs: {
      ...part.inputs,
      [format]: {
        type: 'string',
        pattern: writtenFormat,
        optional: true,
        advanced: true,
        help: 'Format of the features',
      },
    },
    outputs: { ...part.outputs, [output]: { file: `${output}.gff`, optional: true, help } },
    words: [...part.words, `-ofname_${definition.name}={${output}}`, `[-offormat_${definition.name}={${format}}]`],
  }
}

/** What is drawn gets a name of ours, to which EMBOSS adds numbers and the extension of its device. */
function graph(definition: AcdDefinition, context: AcdContext): AcdPart {
  const device = context.nameOf(definition.name)
  const output = context.nameOf(`${definition.name}_image`)
  const file = `${output}-`
  const beside = partsBeside(definition, context)
  return {
    ...noPart,
    inputs: {
      ...beside.inputs,
      [device]: {
        type: 'choice',
        values: ['png', 'svg', 'pdf', 'ps', 'cps', 'data', 'none'],
        default: 'png',
        help: 'How it is drawn',
      },
    },
    outputs: { [output]: { files: `${file}*`, optional: true, show: 'image', help: helpOf(definition) } },
    words: [`-${definition.name}={${device}} -goutfile_${definition.name}=${file}`, ...beside.words],
  }
}

function outputDirectory(definition: AcdDefinition, context: AcdContext): AcdPart {
  const name = context.nameOf(definition.name)
  return {
    ...noPart,
    outputs: { [name]: { directory: name, create: true, optional: true, help: helpOf(definition) } },
    words: [`-${definition.name}={${name}}`],
  }
}
