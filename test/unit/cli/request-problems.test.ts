import { describe, expect, test } from 'vitest'
import { requestProblems } from '../../../src/client/request-problems.ts'
import { applicationContract } from '../../../src/wsdl/contract.ts'
import { applicationOperations } from '../../../src/wsdl/names.ts'
import { sample } from '../wsdl/sample-application.ts'

const contract = applicationContract(sample)
const { run } = applicationOperations(sample.name)
const problems = (parameters: Record<string, unknown>) => requestProblems(contract, run, parameters)
const good = { a: { name: 'a.fasta', content: Buffer.from('>a\n') } }

describe('requestProblems', () => {
  test('none when all is as the contract says: values, their text, files of each kind, lists', () => {
    expect(problems(good)).toEqual([])
    expect(problems({ a: { text: 'ACGT' }, steps: '17', gap_open: 2.5, endweight: true, modes: ['x', 'y'] })).toEqual(
      [],
    )
    expect(problems({ a: { upload: true }, images: [{ text: 'x' }, { text: '' }], steps: 3n })).toEqual([])
    expect(problems({ ...good, options: { label: 'x', keepSeconds: 60 }, title: undefined })).toEqual([])
  })

  test('all of them at once, in the words of the service', () => {
    expect(problems({ steps: '0', gap_opne: 1, run: 'fsat', modes: ['x', 'z'], title: '' })).toEqual([
      expect.objectContaining({ input: 'steps', value: '0', rule: expect.stringContaining('from 1 to') }),
      expect.objectContaining({ input: 'gap_opne', rule: expect.stringContaining('did you mean gap_open?') }),
      expect.objectContaining({ input: 'run', value: 'fsat', accepted: ['fast', 'three_d'] }),
      expect.objectContaining({ input: 'modes[2]', value: 'z' }),
      expect.objectContaining({ input: 'title', value: '' }),
      expect.objectContaining({ input: 'a', rule: expect.stringContaining('missing') }),
    ])
  })
})
