import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { parseXml } from '../../../src/xml/xml-reader.ts'
import { XPathEvaluator } from '../../../src/xml/xpath.ts'

const evaluator = new XPathEvaluator()
afterAll(() => evaluator[Symbol.asyncDispose]())

const document = `<r xmlns="urn:r" xmlns:q="urn:q"><a n="1">q:one</a><a n="2"><q:b>two</q:b></a></r>`
const ask = (expression: string, namespaces: Readonly<Record<string, string>> = { r: 'urn:r', q: 'urn:q' }) =>
  evaluator.evaluate(document, expression, namespaces)

describe('an expression', () => {
  test('selects elements with all that is in scope, and texts, attributes, numbers and truth values', async () => {
    const [first] = await ask('//r:a[@n="1"]')
    const element = parseXml(first !== undefined && 'element' in first ? first.element : '')
    expect(element).toMatchObject({ namespace: 'urn:r', local: 'a', children: ['q:one'] })
    expect(element.prefixes.get('q')).toBe('urn:q')
    expect(await ask('//@n')).toEqual([{ value: '1' }, { value: '2' }])
    expect(await ask('//q:b/text()')).toEqual([{ value: 'two' }])
    expect(await ask('count(//r:a)')).toEqual([{ value: '2' }])
    expect(await ask('//r:a = "q:one"')).toEqual([{ value: 'true' }])
    expect(await ask('//r:nothing')).toEqual([])
  })

  test.each(['//', 'x:y', 'unknown()', '$v', ''])('%s is refused as ill-formed', async expression => {
    await expect(ask(expression)).rejects.toMatchObject({ kind: 'ill-formed' })
  })

  test('that takes too long is ended, and others are answered', async () => {
    const many = `<r>${'<a/>'.repeat(3000)}</r>`
    const slow = evaluator.evaluate(many, 'count(//a[count(//a[count(//a) > 1]) > 1])', {})
    const others = Array.from({ length: 3 }, () => ask('count(//*)'))
    await expect(slow).rejects.toMatchObject({ kind: 'too-long' })
    expect(await Promise.all(others)).toEqual(Array.from({ length: 3 }, () => [{ value: '4' }]))
  })

  test('that selects too much is refused', async () => {
    const many = `<r>${'<a/>'.repeat(10_001)}</r>`
    await expect(evaluator.evaluate(many, '//a', {})).rejects.toMatchObject({ kind: 'too-much' })
  })

  test('whatever it is, is answered or refused', async () => {
    const word = fc.constantFrom(
      '/',
      '//',
      'r:a',
      '*',
      '@n',
      '[',
      ']',
      '(',
      ')',
      '1',
      "'x'",
      '=',
      'and',
      'count',
      '.',
      '..',
    )
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.string({ maxLength: 60 }),
          fc.array(word, { maxLength: 12 }).map(words => words.join(' ')),
        ),
        async expression => {
          const result = await ask(expression).catch((error: unknown) => error)
          if (Array.isArray(result)) return
          expect(result).toMatchObject({ name: 'XPathProblem' })
        },
      ),
      { numRuns: 300 },
    )
  })
})
