import type { Application, Input, Output } from '../../../src/application/model.ts'

export const input = (name: string, type: Input['type'], more: Partial<Input> = {}): Input => ({
  name,
  type,
  help: undefined,
  label: undefined,
  unit: undefined,
  default: undefined,
  optional: false,
  many: undefined,
  join: undefined,
  range: undefined,
  values: undefined,
  pattern: undefined,
  length: undefined,
  fileName: undefined,
  format: undefined,
  size: undefined,
  when: undefined,
  advanced: false,
  ...more,
})

const output = (name: string, source: Output['source'], more: Partial<Output> = {}): Output => ({
  name,
  help: undefined,
  optional: false,
  format: undefined,
  unit: undefined,
  show: undefined,
  source,
  ...more,
})

const value = { kind: 'value', from: 'report', match: '(.*)', which: 'last' } as const

export const application = (name: string, inputs: readonly Input[], outputs: readonly Output[]): Application => ({
  name,
  title: `The program ${name}`,
  version: '1.2',
  description: 'Every kind of input and output <once> & more.',
  homepage: 'https://example.org/program',
  cite: undefined,
  keywords: [],
  command: [],
  versionCommand: undefined,
  stdin: undefined,
  environment: {},
  files: [],
  inputs,
  outputs,
  rules: [],
  exit: [],
  watch: [],
  limits: {
    time: undefined,
    memory: undefined,
    disk: undefined,
    output: undefined,
    processes: undefined,
    cores: undefined,
  },
  keep: undefined,
  credential: 'none',
  network: false,
  sandbox: false,
  mpi: false,
  tests: [],
})

/** An application with every kind of input and output. */
export const sample: Application = application(
  'gap-fill',
  [
    input('a', 'file', { help: 'First sequence', format: 'FASTA' }),
    input('images', 'file', {
      many: { min: 1, max: 500 },
      optional: true,
      help: 'Images to co-add, "quoted" & <marked>',
    }),
    input('title', 'string', { length: { min: 1, max: 20 }, optional: true }),
    input('notes', 'text', { optional: true, label: 'Notes' }),
    input('steps', 'integer', { range: { min: 1n, max: 9_007_199_254_740_993n }, default: 10_000n }),
    input('gap_open', 'number', {
      range: { min: 1, max: 100 },
      default: 10,
      help: 'Penalty for opening a gap.',
      unit: 'bits',
    }),
    input('center', 'number', { many: { min: 2, max: 2 }, optional: true, unit: 'deg' }),
    input('run', 'choice', {
      values: [
        { say: 'fast', word: '-f' },
        { say: 'three_d', word: '3d' },
      ],
      default: 'fast',
    }),
    input('modes', 'choice', {
      values: [
        { say: 'x', word: 'x' },
        { say: 'y', word: 'y' },
      ],
      many: { min: 0, max: undefined },
    }),
    input('endweight', 'boolean', { default: false }),
    input('code', 'string', { pattern: '[A-Z]{3}', optional: true }),
  ],
  [
    output('alignment', { kind: 'file', name: 'out.txt' }, { help: 'The alignment' }),
    output('log', { kind: 'stream', stream: 'stderr' }),
    output('dumps', { kind: 'files', pattern: 'dump.*' }),
    output('tree', { kind: 'directory', name: 'tree' }),
    output('score', { ...value, type: 'number', many: false }, { unit: 'bits' }),
    output('counts', { ...value, type: 'integer', many: true }),
    output('verdict', { ...value, type: 'string', many: false }),
  ],
)
