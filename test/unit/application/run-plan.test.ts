import { describe, expect, it } from 'vitest'
import { checkInputs } from '../../../src/application/input-check.ts'
import type { Values } from '../../../src/application/model.ts'
import { planRun } from '../../../src/application/run-plan.ts'
import { GridwrapError } from '../../../src/core/errors.ts'
import { applicationOf } from './sample-description.ts'

const file = (name?: string, text = 'x') => ({ file: { kind: 'text' as const, text }, name })

describe('planRun', () => {
  it('puts the files of a directory into it, and templates get its name', () => {
    const application = applicationOf(`command: prog -in={tree} {tree} {made}
inputs: {tree: directory, more: {type: directory, many: 0..3}}
files: [{list.txt: "at {tree}"}, {no.txt: "at {more}"}]
outputs: {made: {directory: out, create: true}, any: {files: 'tre?'}}`)
    const { values } = checkInputs(application, { tree: [file('/x/a.dat'), file('b.dat'), file()] })
    const plan = planRun(application, values)
    // The pattern of an output would take "tree" for one of its files.
    expect(plan).toMatchObject({
      argv: ['prog', '-in=tree-in1', 'tree-in1', 'out'],
      writtenFiles: [
        { name: 'list.txt', content: 'at tree-in1\n' },
        { name: 'no.txt', content: '' },
      ],
      directories: ['out'],
    })
    expect(plan.inputFiles.map(one => one.name)).toEqual(['tree-in1/a.dat', 'tree-in1/b.dat', 'tree-in1/tree-0003'])
    const twice = checkInputs(application, { tree: [file('/x/a.dat'), file('a.dat')] })
    expect(() => planRun(application, twice.values)).toThrow('two files of the same name')
    const outside = checkInputs(application, { tree: [file('..')] })
    expect(outside.problems).toMatchObject([{ input: 'tree' }])
  })

  it('is everything that a run is made of', () => {
    const application = applicationOf(`command: SWarp {images} -c swarp.conf [-WEIGHT_IMAGE {weights}] -o {coadd}
environment: {LC_ALL: C}
inputs:
  images: {type: file, many: 1..500, name: '*.fits'}
  weights: {type: file, many: 1..500, join: ',', optional: true}
  mode: {type: choice, values: {mean: AVERAGE}, default: mean}
stdin: '{mode}'
files: [fixed.dat, {swarp.conf: "MODE {mode}\\nOUT {coadd}"}]
outputs: {coadd: coadd.fits}`)
    const { values } = checkInputs(application, {
      images: [file('/data/e0.fits'), file('C:\\sky\\e1.fits'), file()],
      weights: [file('w.fits'), file('v.FITS')],
    })
    expect(planRun(application, values)).toEqual({
      argv: [
        'SWarp',
        'e0.fits',
        'e1.fits',
        'images-0003.fits',
        '-c',
        'swarp.conf',
        '-WEIGHT_IMAGE',
        'weights-0001.fits,weights-0002.FITS',
        '-o',
        'coadd.fits',
      ],
      environment: { LC_ALL: 'C' },
      stdin: 'AVERAGE\n',
      copiedFiles: ['fixed.dat'],
      directories: [],
      writtenFiles: [{ name: 'swarp.conf', content: 'MODE AVERAGE\nOUT coadd.fits\n' }],
      inputFiles: [
        { name: 'e0.fits', input: 'images', index: 0, source: { kind: 'text', text: 'x' } },
        { name: 'e1.fits', input: 'images', index: 1, source: { kind: 'text', text: 'x' } },
        { name: 'images-0003.fits', input: 'images', index: 2, source: { kind: 'text', text: 'x' } },
        { name: 'weights-0001.fits', input: 'weights', index: 0, source: { kind: 'text', text: 'x' } },
        { name: 'weights-0002.FITS', input: 'weights', index: 1, source: { kind: 'text', text: 'x' } },
      ],
    })
  })

  it('names the file of standard input', () => {
    const application = applicationOf('command: prog\nstdin: {from: deck}\ninputs: {deck: {type: file, name: INPUT}}')
    expect(planRun(application, { deck: file('../../x') })).toMatchObject({ argv: ['prog'], stdinFile: 'INPUT' })
  })

  it("gives the caller's files our names, out of the way of the program's own", () => {
    const application = applicationOf(
      "command: prog {a} {run} {dump}\ninputs: {a: {type: file, format: fasta}, run: file, dump: file}\nfiles: [{run.conf: x}]\noutputs: {frames: {files: 'dump.*'}}",
    )
    const named = (a: string, run: string, dump: string) =>
      planRun(application, { a: file(a), run: file(run), dump: file(dump) }).argv.slice(1)
    expect(named('evil.sh', 'x.conf', 'x.7')).toEqual(['a.fasta', 'run', 'dump'])
    expect(named('-rf', '@list', '../../etc/passwd')).toEqual(['a.fasta', 'run', 'dump'])
    expect(named('a', 'x.b;c', 'a.tar.gz')).toEqual(['a.fasta', 'run', 'dump'])
    expect(named('a', 'my file.dat', 'x')).toEqual(['a.fasta', 'run.dat', 'dump'])
  })

  it('writes numbers exactly', () => {
    const application = applicationOf('command: prog {x} {n} {b}\ninputs: {x: number, n: integer, b: boolean}')
    const words = (values: Values) => planRun(application, values).argv.slice(1)
    expect(words({ x: 0.1, n: -9223372036854775808n, b: true })).toEqual(['0.1', '-9223372036854775808', 'true'])
    expect(words({ x: -1e-300, n: 9007199254740993n, b: false })).toEqual(['-1e-300', '9007199254740993', 'false'])
  })

  it('refuses what no program could get, and says which input', () => {
    const application = applicationOf(
      "command: prog [{s}] [{l}]\ninputs: {s: {type: string, optional: true, pattern: '(?s).*'}, l: {type: string, many: 1..100000, optional: true}}",
    )
    const refusal = (values: Values): unknown => {
      try {
        planRun(application, values)
        return undefined
      } catch (error) {
        return error instanceof GridwrapError ? { code: error.code, problem: error.detail.problem } : error
      }
    }
    expect(refusal({ s: 'a\0b' })).toEqual({
      code: 'invalid-input',
      problem: [{ input: 's', rule: 'must not hold a NUL character' }],
    })
    expect(refusal({ s: 'x'.repeat(131_072) })).toMatchObject({
      problem: [{ input: 's', rule: 'is longer than a word of a command can be (128 KiB)' }],
    })
    expect(refusal({ l: Array.from({ length: 2000 }, () => 'x'.repeat(900)) })).toMatchObject({
      problem: [{ input: 'l' }],
    })
    expect(refusal({ s: 'x'.repeat(131_071) })).toBeUndefined()
    expect(checkInputs(application, { l: Array.from({ length: 2000 }, () => 'x'.repeat(900)) }).problems).toHaveLength(
      1,
    )
  })
})
