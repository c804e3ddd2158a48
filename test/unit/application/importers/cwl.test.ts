import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { readDescription } from '../../../../src/application/description.ts'
import { cwlParts } from '../../../../src/application/importers/cwl/cwl-reference.ts'
import { readCwlType } from '../../../../src/application/importers/cwl/cwl-type.ts'
import { importCwl } from '../../../../src/application/importers/cwl/import-cwl.ts'
import type { Draft } from '../../../../src/application/importers/draft.ts'
import { writeDraft } from '../../../../src/application/importers/draft-yaml.ts'
import { ImportError } from '../../../../src/application/importers/import-error.ts'

const tool = (rest: string): string => `cwlVersion: v1.2\nclass: CommandLineTool\nbaseCommand: prog\n${rest}`
/** The draft, after its description was written and read. */
function imported(rest: string): Draft {
  const draft = importCwl(tool(rest), 'tool.cwl')
  readDescription(writeDraft(draft, 'tool.cwl'), 'application.yaml')
  return draft
}
/** An expression of CWL that is JavaScript. */
const js = (text: string): string => `$\{${text}}`
const words = (draft: Draft): readonly string[] => (draft.command ?? '').split('\n')

test.each([
  ['File', { base: 'File', optional: false, array: false }],
  ['string[]?', { base: 'string', optional: true, array: true }],
  [['null', 'int'], { base: 'int', optional: true, array: false }],
  [['File', { type: 'array', items: 'File' }], { base: 'File', optional: false, array: true }],
  [['null', 'int', 'string'], { base: 'string', optional: true, array: false }],
  [
    { type: 'enum', symbols: ['#t/a/x', 'y'] },
    { base: 'enum', optional: false, array: false, symbols: ['x', 'y'] },
  ],
  [['File', 'Directory'], undefined],
  [{ type: 'record', fields: [] }, undefined],
  ['int[][]', undefined],
  [null, undefined],
])('the type %j', (type, expected) => {
  expect(readCwlType(type)).toEqual(expected)
})

test.each([
  ['plain', [{ kind: 'literal', text: 'plain' }]],
  ['$(inputs.a.path)', [{ kind: 'reference', path: ['inputs', 'a', 'path'] }]],
  [
    "x-$(inputs['a b'].size)$(self[0])",
    [
      { kind: 'literal', text: 'x-' },
      { kind: 'reference', path: ['inputs', 'a b', 'size'] },
      { kind: 'reference', path: ['self', '0'] },
    ],
  ],
  [String.raw`\$(inputs.a)`, [{ kind: 'literal', text: '$(inputs.a)' }]],
  ['$(inputs.a + 1)', undefined],
  [js('return 1'), undefined],
])('the text %j', (text, expected) => {
  expect(cwlParts(text)).toEqual(expected)
})

describe('a tool', () => {
  it('has its words in the order of positions, arguments before inputs, inputs by name', () => {
    const draft = imported(`arguments: [{prefix: -z, valueFrom: last, position: 9}, first]
inputs:
  b: {type: int, inputBinding: {}}
  a: {type: int, inputBinding: {}}
  c: {type: int, inputBinding: {position: -1}}
outputs: []`)
    expect(words(draft)).toEqual(['prog', '{c}', 'first', '{a}', '{b}', '-z last'])
  })

  it('whose output is named by an input has that input fixed', () => {
    const draft = imported(`inputs:
  name: {type: string, inputBinding: {prefix: -o}}
  bad: {type: string, default: ../x, inputBinding: {prefix: -p}}
outputs:
  one: {type: File, outputBinding: {glob: $(inputs.name)}}
  two: {type: File, outputBinding: {glob: $(inputs.bad).log}}`)
    expect(words(draft)).toEqual(['prog', '-p bad', '-o name'])
    expect(draft.outputs).toMatchObject({ one: { file: 'name' }, two: { file: 'bad.log' } })
    expect(draft.notes).toEqual([
      expect.stringContaining('name is always name'),
      expect.stringContaining('bad is always bad'),
    ])
  })

  it('keeps files beside others under their names, and finds outputs that have those of inputs', () => {
    const draft = imported(`inputs:
  bam: {type: File, secondaryFiles: [.bai], inputBinding: {}}
  text: {type: File, inputBinding: {}}
outputs:
  a: {type: File, outputBinding: {glob: $(inputs.text.nameroot).out}}
  b: {type: File, outputBinding: {glob: $(inputs.text.basename).gz}}
  c: {type: File, secondaryFiles: [.idx], outputBinding: {glob: c.db}}
  d: {type: File, outputBinding: {glob: $(inputs.bam.basename)}}
  e: {type: int, outputBinding: {glob: x, outputEval: "${js('return 1')}"}}`)
    expect(draft.inputs).toMatchObject({
      bam: { name: '*' },
      bam_files: { name: '*', optional: true },
      text: { type: 'file' },
    })
    expect(draft.outputs).toMatchObject({ a: { file: 'text.out' }, b: { files: 'text*.gz' }, c_files: { files: 'c*' } })
    expect(draft.notes.filter(note => note.includes('left out'))).toEqual([
      expect.stringContaining('The output d is left out: its name is computed'),
      expect.stringContaining('The output e is left out'),
    ])
  })

  it('gives files the names that the document has for them, and knows a name only when it is ours', () => {
    const draft = imported(`requirements:
  InitialWorkDirRequirement: {listing: [{entryname: in.txt, entry: $(inputs.src)}, {entryname: cfg.txt, entry: $(inputs.cfg)}]}
  NetworkAccess: {networkAccess: true}
inputs: {src: File, cfg: string, other: File}
arguments: [in.txt, $(inputs.other.nameroot), $(inputs.other)]
outputs: {o: {type: File, outputBinding: {glob: $(inputs.src.nameroot).out}}}`)
    expect(draft).toMatchObject({
      ...{
        network: true,
        inputs: { src: { name: 'in.txt' }, cfg: { type: 'string' } },
        outputs: { o: { file: 'in.out' } },
      },
      files: [{ 'cfg.txt': '{cfg}' }],
    })
    expect(draft.inputs['other']).not.toHaveProperty('name')
    expect(words(draft)).toEqual(['prog', 'in.txt', 'other', '{other}'])
    const kept = 'inputs: {a: {type: File, secondaryFiles: [.bai]}}\narguments: [$(inputs.a.nameroot)]'
    expect(() => importCwl(tool(kept), 'tool.cwl')).toThrow('which only a run has')
    const unused = 'inputs: {a: File}\narguments: [$(inputs.a.nameroot)]'
    expect(() => importCwl(tool(unused), 'tool.cwl')).toThrow("it would keep the caller's")
  })

  it('says what its exit codes mean, how long it may take, and what it needs', () => {
    const draft = imported(`successCodes: [0, 3]
temporaryFailCodes: [75]
requirements: [{class: ToolTimeLimit, timelimit: 90}, {class: EnvVarRequirement, envDef: [{envName: A, envValue: b}]}]
hints: {DockerRequirement: {dockerPull: an/image}}
inputs: []
outputs: []`)
    expect(draft.exit).toEqual({ 0: 'done', 3: 'done', 75: { means: 'it may be tried again', cause: 'site' } })
    expect(draft.limits).toEqual({ time: '90s' })
    expect(draft.environment).toEqual({ A: 'b' })
    expect(draft.notes).toEqual([expect.stringContaining('an/image')])
  })

  it.each([
    [`arguments: ["${js('return 1')}"]\ninputs: []`, 'arguments, number 1 is JavaScript'],
    ['inputs: {a: {type: string, inputBinding: {valueFrom: $(self.x + 1)}}}', 'inputs.a.valueFrom is JavaScript'],
    ['inputs: {a: {type: {type: record, fields: []}}}', 'inputs.a has a type that is not known here'],
    [`inputs: {a: {type: int, inputBinding: {position: "${js('1')}"}}}`, 'its position is computed'],
    ['inputs: []\narguments: [$(inputs.b)]', 'refers to inputs.b, which is not known here'],
    ['inputs: {a: File}\narguments: [$(inputs.a.size)]', 'which only a run has'],
    [
      'inputs: []\nrequirements: {ShellCommandRequirement: {}}\narguments: [{valueFrom: "|", shellQuote: false}]',
      'no shell runs here',
    ],
    [
      'inputs: {a: string}\nrequirements: {EnvVarRequirement: {envDef: {X: $(inputs.a)}}}',
      'the variable X holds a value',
    ],
    [
      'inputs: {x: int}\nrequirements: {InitialWorkDirRequirement: {listing: [{entryname: a, entry: "[x? y]"}]}}',
      'would be a condition',
    ],
    ['inputs: []\nstdin: /etc/passwd', 'stdin is no file of the inputs'],
  ])('is refused, with the place: %j', (rest, message) => {
    expect(() => importCwl(tool(rest), 'tool.cwl')).toThrow(ImportError)
    expect(() => importCwl(tool(rest), 'tool.cwl')).toThrow(message)
  })

  it.each([
    ['class: Workflow', 'it is a Workflow'],
    ['a: b', 'it is no CWL'],
    ['- a', 'it is no CWL'],
    ['a: [b', 'it is no YAML'],
    ['cwlVersion: draft-3\nclass: CommandLineTool\nbaseCommand: x', 'cwlVersion draft-3 is not known here'],
    ['cwlVersion: v1.2\n$graph: [{class: CommandLineTool}, {class: CommandLineTool}]', 'several tools'],
    ['cwlVersion: v1.0\nclass: CommandLineTool\ninputs: []', 'it runs nothing'],
  ])('is none: %j', (text, message) => {
    expect(() => importCwl(text, 'tool.cwl')).toThrow(message)
  })
})

test('documents cut and spliced anywhere are taken or refused with ImportError', () => {
  const whole = readFileSync(join(import.meta.dirname, '../../../fixtures/cwl/everything.cwl'), 'utf8')
  fc.assert(
    fc.property(
      fc.array(
        fc.tuple(
          fc.nat(whole.length),
          fc.nat(60),
          fc.constantFrom('', '{', '}', '[', ':', '$(', js(''), 'null', '-', '\n', "'"),
        ),
        {
          maxLength: 5,
        },
      ),
      cuts => {
        const text = cuts.reduce((left, [at, length, put]) => left.slice(0, at) + put + left.slice(at + length), whole)
        try {
          expect(writeDraft(importCwl(text, 'x.cwl'), 'x.cwl')).toContain('gridwrap: 1')
        } catch (error) {
          expect(error).toBeInstanceOf(ImportError)
        }
      },
    ),
    { numRuns: 300 },
  )
})
