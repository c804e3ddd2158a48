import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { readDescription } from '../../../../src/application/description.ts'
import { importBoutiques } from '../../../../src/application/importers/boutiques/import-boutiques.ts'
import { splitShellWords } from '../../../../src/application/importers/boutiques/shell-words.ts'
import type { Draft } from '../../../../src/application/importers/draft.ts'
import { writeDraft } from '../../../../src/application/importers/draft-yaml.ts'
import { ImportError } from '../../../../src/application/importers/import-error.ts'
import { checkInputs } from '../../../../src/application/input-check.ts'
import type { Application } from '../../../../src/application/model.ts'
import { planRun } from '../../../../src/application/run-plan.ts'

const descriptor = {
  ...{ name: 'Brain Extraction', 'tool-version': '1.0', 'schema-version': '0.5', author: 'nobody' },
  description: 'Takes the skull off',
  'command-line': "bet 'a fixed' [IN] [OUT] [VERBOSE] -c[CENTER] [FRACTION] [MODE] [MASKS] [NAMES] [CONFIG] [LOG]",
  inputs: [
    { id: 'in', name: 'Image', type: 'File', 'value-key': '[IN]' },
    { id: 'prefix', name: 'Prefix', type: 'String', 'value-key': '[OUT]', 'default-value': 'brain' },
    { id: 'verbose', name: 'v', type: 'Flag', 'value-key': '[VERBOSE]', 'command-line-flag': '-v' },
    { id: 'center', name: 'c', type: 'Number', integer: true, minimum: 1, optional: true, 'value-key': '[CENTER]' },
    {
      ...{
        id: 'fraction',
        name: 'f',
        type: 'Number',
        minimum: 0,
        maximum: 1,
        optional: true,
        'value-key': '[FRACTION]',
      },
      ...{ 'command-line-flag': '-f', 'command-line-flag-separator': '=' },
    },
    {
      id: 'mode',
      name: 'm',
      type: 'String',
      'value-choices': ['fast', 'slow'],
      'default-value': 'fast',
      'value-key': '[MODE]',
    },
    {
      id: 'masks',
      name: 'masks',
      type: 'File',
      list: true,
      optional: true,
      'value-key': '[MASKS]',
      'command-line-flag': '-m',
    },
    {
      id: 'names',
      name: 'names',
      type: 'String',
      list: true,
      'list-separator': ',',
      optional: true,
      'value-key': '[NAMES]',
    },
    { id: 'unused', name: 'unused', type: 'String', optional: true },
  ],
  'output-files': [
    { id: 'brain', name: 'Brain', 'path-template': '[OUT].nii.gz' },
    {
      id: 'copy',
      name: 'Copy',
      'path-template': '[IN]_copy.dat',
      'path-template-stripped-extensions': ['.nii'],
      optional: true,
    },
    { id: 'whole', name: 'Whole', 'path-template': '[IN].json', optional: true },
    { id: 'log', name: 'Log', 'value-key': '[LOG]', 'command-line-flag': '-l', 'path-template': 'log-[FRACTION].txt' },
    {
      ...{ id: 'config', name: 'Config', 'value-key': '[CONFIG]', 'path-template': 'conf/run.cfg' },
      'file-template': ['mode = [MODE]', 'out = [OUT] {plain} {mode} {center:5d}'],
    },
  ],
  groups: [
    { id: 'g', name: 'g', members: ['masks', 'names'], 'mutually-exclusive': true },
    { id: 'h', name: 'h', members: ['in', 'names'], 'all-or-none': true },
  ],
  'environment-variables': [{ name: 'FSLDIR', value: '/opt/fsl' }],
  'container-image': { type: 'docker', image: 'an/image' },
  'error-codes': [{ code: 3, description: 'No brain found' }],
}
const read = (draft: Draft): Application => readDescription(writeDraft(draft, 'bet.json'), 'application.yaml')
const file = (name: string) => ({ file: { kind: 'text' as const, text: 'x' }, name })

describe('a Boutiques descriptor', () => {
  const draft = importBoutiques(JSON.stringify(descriptor), 'bet.json')

  it('has its values where the keys are', () => {
    const application = read(draft)
    const { values } = checkInputs(application, {
      in_: file('a.nii'),
      verbose: true,
      fraction: 0.5,
      masks: [file('m.nii'), file('n.nii')],
    })
    const plan = planRun(application, values)
    expect(plan.argv).toEqual([
      ...['bet', 'a fixed', 'in_.nii', 'brain', '-v', '-f=0.5', 'fast', '-m', 'masks-0001.nii', 'masks-0002.nii'],
      ...['conf/run.cfg', '-l', 'log.out'],
    ])
    expect(plan.writtenFiles).toEqual([
      { name: 'conf/run.cfg', content: 'mode = fast\nout = brain {plain} {mode} {center:5d}\n' },
    ])
    const other = checkInputs(application, { in_: file('a'), center: 4n, mode: 'slow', names: ['p', 'q'] })
    expect(planRun(application, other.values).argv).toEqual([
      ...['bet', 'a fixed', 'in_', 'brain', '-c4', 'slow', 'p,q', 'conf/run.cfg', '-l', 'log.out'],
    ])
  })

  it('says what the program is, what it makes, and what was not carried over', () => {
    expect(draft).toMatchObject({
      ...{
        name: 'brain-extraction',
        title: 'Takes the skull off',
        version: '1.0',
        environment: { FSLDIR: '/opt/fsl' },
      },
      outputs: {
        brain: { file: 'brain.nii.gz' },
        copy: { file: 'in__copy.dat' },
        whole: { files: 'in_*.json' },
        log: { file: 'log.out' },
      },
      rules: [{ 'at most one of': ['masks', 'names'] }],
      exit: { 3: 'No brain found' },
    })
    const notes = draft.notes.join('\n')
    for (const said of [
      'prefix is always brain',
      'unused is left out',
      'an/image',
      'The group of in, names',
      'in is called in_',
    ])
      expect(notes).toContain(said)
  })

  it('whose command line ends with a redirection has what is printed as an output', () => {
    const text = JSON.stringify({
      ...{ name: 'cat', 'command-line': 'cat [F] > [O]', inputs: [{ id: 'f', type: 'File', 'value-key': '[F]' }] },
      'output-files': [{ id: 'o', 'value-key': '[O]', 'path-template': 'o.txt' }],
    })
    expect(importBoutiques(text, 'x.json')).toMatchObject({ command: 'cat\n{f}', outputs: { o: { file: 'stdout' } } })
  })

  it('has flags of several words, and what is printed to anywhere', () => {
    const text = JSON.stringify({
      ...{ name: 'x', 'command-line': 'prog [F] > elsewhere.log' },
      inputs: [{ id: 'f', type: 'Flag', 'value-key': '[F]', 'command-line-flag': "--fast -x 'a b'" }],
    })
    const draft = importBoutiques(text, 'x.json')
    expect(draft).toMatchObject({ command: "prog\n[f? --fast -x 'a b']", outputs: { printed: { file: 'stdout' } } })
    expect(draft.notes).toEqual([expect.stringContaining('elsewhere.log')])
  })

  it.each([
    ['{', 'it is no JSON'],
    ['{}', 'it is no Boutiques descriptor: name'],
    [JSON.stringify({ ...descriptor, 'command-line': 'cd x && bet' }), 'its command line holds &'],
    [JSON.stringify({ ...descriptor, 'command-line': 'bet $HOME' }), 'its command line holds $'],
    [JSON.stringify({ ...descriptor, 'command-line': "bet 'x" }), "has a ' without its end"],
    [JSON.stringify({ ...descriptor, inputs: [{ id: 'a', type: 'Thing' }] }), 'inputs.0.type'],
  ])('is refused: %j', (text, message) => {
    expect(() => importBoutiques(text, 'x.json')).toThrow(ImportError)
    expect(() => importBoutiques(text, 'x.json')).toThrow(message)
  })
})

test('words are split as the shell splits them', () => {
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^[A-Za-z0-9 '"\\=-]{1,8}$/), { minLength: 1, maxLength: 5 }), words => {
      const quoted = words.map(word => `'${word.replaceAll("'", `'"'"'`)}'`).join(' \n ')
      expect(splitShellWords(quoted)).toEqual({ words })
    }),
  )
})
