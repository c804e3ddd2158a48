import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { readDescription } from '../../../../src/application/description.ts'
import type { Draft } from '../../../../src/application/importers/draft.ts'
import { writeDraft } from '../../../../src/application/importers/draft-yaml.ts'
import { readHelp } from '../../../../src/application/importers/help/help-reader.ts'
import { importHelp } from '../../../../src/application/importers/help/import-help.ts'
import { ImportError } from '../../../../src/application/importers/import-error.ts'

const argparse = `usage: fit.py [-h] -m {linear,cubic} [--steps N] [-o FILE] data [data ...]

Fits curves to measurements.

positional arguments:
  data                  tables to be fitted

options:
  -h, --help            show this help message and exit
  -m {linear,cubic}, --model {linear,cubic}
                        the model
  --steps N             how many steps (default: 100)
  --tolerance FLOAT     when to stop
                        (default: 1e-6)
  -o FILE, --output FILE
                        write the fit to this file
  -v, --verbose         say more
`
const gnu = `Usage: sorter [OPTION]... [FILE]...
Sorts lines of files.

  -r, --reverse          the other way round
  -k, --key=KEYDEF       sort by a key
  -S, --size=SIZE  use SIZE for memory
      --files0-from=F    read names from F
      --sort=WORD        general, human
      --help             display this help
- and this is prose
`
const ncbi = `USAGE
  align [-h] [-query input_file] [-word_size int_value] -db database_name
    [-out output_file] [-ungapped]

OPTIONAL ARGUMENTS
 -query <File_In>
   Input file name
 -word_size <Integer, >=4>
   Length of the seed
   Default = \`11'
 -strand <String, \`both', \`minus',
     \`plus'>
   Which strand
   Default = \`both'
 -out <File_Out>
   Output file name
 -ungapped
   No gaps
`
const read = (draft: Draft): void => void readDescription(writeDraft(draft, 'help'), 'application.yaml')

describe('the help of a program', () => {
  it('as argparse prints it', () => {
    const draft = importHelp(argparse, ['fit.py'])
    read(draft)
    expect(draft.title).toBe('Fits curves to measurements.')
    expect(draft.command?.split('\n')).toEqual([
      ...[
        'fit.py',
        '--model {model}',
        '[--steps {steps}]',
        '[--tolerance {tolerance}]',
        '[output_wanted? --output {output}]',
      ],
      ...['[verbose? --verbose]', '{data}'],
    ])
    expect(draft.inputs).toMatchObject({
      model: { type: 'choice', values: ['linear', 'cubic'] },
      steps: { type: 'integer', default: 100 },
      tolerance: { type: 'number', default: 1e-6, help: 'when to stop (default: 1e-6)' },
      data: { type: 'file', many: '1..1000', help: 'tables to be fitted' },
    })
    expect(draft.inputs['model']).not.toHaveProperty('optional')
    expect(draft.outputs).toMatchObject({ output: { file: 'output.out' }, printed: { file: 'stdout' } })
    expect(draft.notes).toContain('steps: a whole number, because of "N".')
  })

  it('as GNU programs print it', () => {
    const draft = importHelp(gnu, ['sorter'])
    read(draft)
    expect(draft.command?.split('\n')).toEqual([
      ...['sorter', '[reverse? --reverse]', '[--key={key}]', '[--size={size}]', '[--files0-from={files0_from}]'],
      ...['[--sort={sort}]', '[{file}]'],
    ])
    expect(draft.inputs).toMatchObject({
      file: { type: 'file', many: '1..1000', optional: true },
      size: { type: 'integer' },
    })
  })

  it('as NCBI prints it', () => {
    const draft = importHelp(ncbi, ['align'])
    read(draft)
    expect(draft.command?.split('\n')).toEqual([
      ...['align', '[-query {query}]', '[-word_size {word_size}]', '[-strand {strand}]', '[out__wanted? -out {out_}]'],
      ...['[ungapped? -ungapped]', '-db {db}'],
    ])
    expect(draft.inputs).toMatchObject({
      word_size: { type: 'integer', default: 11 },
      strand: { type: 'choice', values: ['both', 'minus', 'plus'], default: 'both' },
      db: { type: 'file' },
    })
  })

  it('that says nothing is refused', () => {
    expect(() => importHelp('It sorts.', ['x'])).toThrow(ImportError)
  })

  it('with what terminals understand is read without it', () => {
    expect(readHelp('\x1b[1m  -a, --all\x1b[0m   everything\r\n', 'x').options).toMatchObject([
      { flags: ['-a', '--all'], help: 'everything' },
    ])
  })
})

test('any text is read in reasonable time, and what is made of it can be written', () => {
  const line = fc.oneof(
    fc.constantFrom(
      'usage: x [-h] -n N [FILE]...',
      '  -a, --all=WHEN  everything',
      '  -b <x>',
      '  --c {a,b}',
      '',
      '[[[[',
      '<<<<',
    ),
    fc.string({ maxLength: 80 }),
  )
  fc.assert(
    fc.property(fc.array(line, { maxLength: 40 }), lines => {
      try {
        expect(writeDraft(importHelp(lines.join('\n'), ['x']), 'help')).toContain('gridwrap: 1')
      } catch (error) {
        expect(error).toBeInstanceOf(ImportError)
      }
    }),
    { numRuns: 500 },
  )
  for (const hostile of [
    '['.repeat(200_000),
    '<'.repeat(200_000),
    `usage: x ${'[a '.repeat(50_000)}`,
    `  -a <${' '.repeat(200_000)}`,
  ])
    expect(readHelp(hostile, 'x').options.length).toBeLessThan(10)
})
