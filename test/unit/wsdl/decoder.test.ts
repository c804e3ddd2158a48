// Over 300 lines: one decoder, from every side: what it takes, what it refuses, and in which words.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { qname } from '../../../src/core/qname.ts'
import { baseContract } from '../../../src/wsdl/base-contract.ts'
import { applicationContract } from '../../../src/wsdl/contract.ts'
import type { DecodedObject } from '../../../src/wsdl/decoded-value.ts'
import { decodeElement } from '../../../src/wsdl/decoder.ts'
import { OGSI } from '../../../src/wsdl/names.ts'
import { encodeElement } from '../../../src/wsdl/serializer.ts'
import { isElement, type XmlElement } from '../../../src/xml/tree.ts'
import { parseXml } from '../../../src/xml/xml-reader.ts'
import { cases } from './generated-schemas.ts'
import { sample } from './sample-application.ts'

const contract = applicationContract(sample)
const namespaces = `xmlns="urn:gridwrap:app:gap-fill" xmlns:j="urn:gridwrap:job" xmlns:xs="http://www.w3.org/2001/XMLSchema"
  xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"`
const run = (inside: string) => decodeElement(contract, parseXml(`<run ${namespaces}>${inside}</run>`))
/** With the required input, so that it is not among the problems. */
const withA = (inside: string) => run(`<a><j:text>ACGT</j:text></a>${inside}`)
const ogsi = (text: string) => decodeElement(baseContract, parseXml(text))

describe('problems', () => {
  test.each([
    [
      'a misspelt input',
      '<gap_opn>3</gap_opn>',
      'gap_opn',
      /there is no element of this name; did you mean gap_open\?/,
    ],
    ['a value outside its bounds', '<gap_open>500</gap_open>', 'gap_open', /must be a number from 1 to 100/],
    ['NaN inside bounds', '<gap_open>NaN</gap_open>', 'gap_open', /must be a number from 1 to 100/],
    ['a number that no double holds', '<center>1e999</center>', 'center[1]', /must be a number/],
    ['a fraction for an integer', '<steps>1.5</steps>', 'steps', /must be a whole number from 1 to 9007199254740993/],
    ['an integer beyond its bounds', '<steps>9007199254740994</steps>', 'steps', /must be a whole number from 1/],
    ['a word for a boolean', '<endweight>yes</endweight>', 'endweight', /must be true or false/],
    ['an unknown choice', '<run>fats</run>', 'run', /must be one of the accepted values; did you mean fast\?/],
    ['a text too long', `<title>${'x'.repeat(21)}</title>`, 'title', /must be text of 1 to 20 characters/],
    ['a text too short', '<title/>', 'title', /must be text of 1 to 20 characters/],
    [
      'an element in a number',
      '<gap_open><v>3</v></gap_open>',
      'gap_open',
      /must be a number .*, and holds the element v/,
    ],
    ['a value given twice', '<gap_open>3</gap_open><gap_open>4</gap_open>', 'gap_open', /given more than once/],
    [
      'plain text for a file',
      '<images>ACGT</images>',
      'images[1]',
      /takes the elements name, text, content, url or upload, and not plain text/,
    ],
    ['bad base64', '<images><j:content>Q!==</j:content></images>', 'images[1].content', /must be bytes in base64/],
    [
      'two kinds of content',
      '<images><j:text>a</j:text><j:upload>true</j:upload></images>',
      'images[1]',
      /takes exactly one of text, content, url or upload, and text and upload were given/,
    ],
    ['no content', '<images><j:name>x</j:name></images>', 'images[1]', /must have one of text, content, url or upload/],
    [
      'the second of a list',
      '<images><j:text>a</j:text></images><images><j:txt>b</j:txt></images>',
      'images[2].txt',
      /did you mean text\?/,
    ],
    [
      'an option',
      '<options><j:waitSeconds>soon</j:waitSeconds></options>',
      'options.waitSeconds',
      /must be a whole number, at least 0/,
    ],
    [
      'an unknown attribute',
      '<gap_open unit="bits">3</gap_open>',
      'gap_open.unit',
      /there is no attribute of this name/,
    ],
    ['another namespace', '<x:gap_open xmlns:x="urn:x">3</x:gap_open>', 'gap_open', /is in the namespace "urn:x"/],
    ['nothing for a number', '<gap_open/>', 'gap_open', /must be a number/],
    ['text between', 'hello', 'run', /and not plain text/],
  ])('%s', (_what, inside, input, rule) => {
    const { problems } = withA(inside)
    expect(problems.map(problem => problem.input)).toContain(input)
    expect(problems.find(problem => problem.input === input)?.rule).toMatch(rule)
  })

  test('a missing input says what it must be', () => {
    expect(run('').problems).toEqual([{ input: 'a', rule: 'is missing' }])
    const { problems } = decodeElement(contract, parseXml('<extend xmlns="urn:gridwrap:job"/>'))
    expect(problems).toEqual([{ input: 'keepSeconds', rule: 'is missing, and must be a whole number, at least 0' }])
  })

  test('come all at once, beside what is right', () => {
    const { value, problems } = run('<gap_open>500</gap_open><steps>7</steps><run>slow</run>')
    expect(problems.map(problem => problem.input)).toEqual(['gap_open', 'run', 'a'])
    expect(problems[1]?.accepted).toEqual(['fast', 'three_d'])
    expect({ ...value }).toEqual({ steps: 7n })
  })

  test('are fifty at most, and the last one counts the rest', () => {
    const { problems } = withA('<center>x</center>'.repeat(20_000))
    expect(problems).toHaveLength(50)
    expect(problems.at(-1)).toEqual({ input: 'run', rule: 'and 19951 more problems' })
  })

  test('show at most 80 characters of a value, on one line', () => {
    const [problem] = withA(`<endweight>${'long '.repeat(40)}\n</endweight>`).problems
    expect(problem?.value).toHaveLength(80)
    const [other] = withA('<title>\u202etxt &#9;aaaaaaaaaaaaaaaaaaaaaaaaaa</title>').problems
    expect(other?.value).toBe('\ufffdtxt \ufffdaaaaaaaaaaaaaaaaaaaaaaaaaa')
  })

  test('an element of no contract', () => {
    const { problems } = decodeElement(contract, parseXml('<walk xmlns="urn:gridwrap:app:gap-fill"/>'))
    expect(problems).toEqual([{ input: 'walk', rule: '{urn:gridwrap:app:gap-fill}walk is no element of gap-fill' }])
  })
})

describe('what real clients send is taken', () => {
  const expected = { a: { text: 'ACGT' }, gap_open: 3 }
  test.each([
    ['children in another order (npm soap)', '<gap_open>3</gap_open><a><j:text>ACGT</j:text></a>'],
    ['children without a namespace', '<a xmlns=""><text>ACGT</text></a><gap_open xmlns="">3</gap_open>'],
    ['the namespace of the root all the way down', '<a><text>ACGT</text></a><gap_open>3</gap_open>'],
    [
      'xsi:type that contradicts',
      '<a><j:text xsi:type="xs:float">ACGT</j:text></a><gap_open xsi:type="xs:string">3</gap_open>',
    ],
    [
      'a text in base64, as xsi:type says (SOAP::Lite)',
      '<a><j:text xsi:type="xs:base64Binary">QUNHVA==</j:text></a><gap_open>3</gap_open>',
    ],
    [
      'xsi:nil where nothing is meant',
      '<a><j:text>ACGT</j:text></a><gap_open>3</gap_open><title xsi:nil="true"/><images xsi:nil="1"> </images>',
    ],
    [
      'attributes of SOAP',
      '<a soap:encodingStyle="x"><j:text>ACGT</j:text></a><gap_open soap:mustUnderstand="1">3</gap_open>',
    ],
    ['white space around a number', '<a><j:text>ACGT</j:text></a><gap_open>\n  3\n</gap_open>'],
  ])('%s', (_what, inside) => {
    const { value, problems } = run(inside)
    expect(problems).toEqual([])
    expect(JSON.parse(JSON.stringify(value))).toEqual(expected)
  })

  test.each(['', '  \n ', '<!-- nothing -->'])('an empty wrapper with %j inside', inside => {
    const { problems } = decodeElement(
      contract,
      parseXml(
        `<getStatus ${namespaces.replace('urn:gridwrap:app:gap-fill', 'urn:gridwrap:job')} xsi:nil="true">${inside}</getStatus>`,
      ),
    )
    expect(problems).toEqual([])
  })

  test('but nil does not stand for a required input, on it or on the wrapper', () => {
    expect(run('<a xsi:nil="true"/>').problems).toEqual([{ input: 'a', rule: 'is missing' }])
    const { problems } = decodeElement(contract, parseXml(`<run ${namespaces} xsi:nil="true"/>`))
    expect(problems).toEqual([{ input: 'a', rule: 'is missing' }])
  })
})

describe('values', () => {
  test('of every type', () => {
    const { value, problems } = run(`
      <a><j:name>a.fasta</j:name><j:content>QUNH
        VA==</j:content></a>
      <images><j:text> x </j:text></images><images><j:upload>1</j:upload></images>
      <steps>9007199254740993</steps><gap_open>1e1</gap_open><center>INF</center><center>-0.5</center>
      <run>three_d</run><endweight>0</endweight><options><j:waitSeconds>5</j:waitSeconds><j:inlineBytes>10</j:inlineBytes></options>`)
    expect(problems).toEqual([])
    expect(value).toEqual(
      nullPrototypes({
        a: { name: 'a.fasta', content: new Uint8Array([65, 67, 71, 84]) },
        images: [{ text: ' x ' }, { upload: true }],
        steps: 9007199254740993n,
        gap_open: 10,
        center: [Number.POSITIVE_INFINITY, -0.5],
        run: 'three_d',
        endweight: false,
        options: { waitSeconds: 5, inlineBytes: 10n },
      }),
    )
  })

  test.each([
    ['2026-11-21T08:00:00Z', '2026-11-21T08:00:00.000Z'],
    ['2026-11-21T08:00:00', '2026-11-21T08:00:00.000Z'],
    ['2026-11-21T08:00:00.123456+02:00', '2026-11-21T06:00:00.123Z'],
    ['2024-02-29T24:00:00-14:00', '2024-03-01T14:00:00.000Z'],
    ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z'],
  ])('dateTime %s', (text, iso) => {
    expect(since(text)).toEqual(new Date(iso))
  })

  test.each([
    '2026-11-21',
    '2023-02-29T00:00:00Z',
    '2026-01-01T00:00:60Z',
    '12026-01-01T00:00:00Z',
    '-0001-01-01T00:00:00Z',
    '0000-01-01T00:00:00Z',
    '2026-01-01T25:00:00Z',
    '2026-01-01T00:00:00+15:00',
    '9999-12-31T23:59:59-01:00',
  ])('no dateTime: %s', text => {
    expect(since(text)).toBeUndefined()
  })

  const since = (text: string): unknown => {
    const xml = `<listInstances xmlns="urn:gridwrap:app:gap-fill"><since>${text}</since></listInstances>`
    const { value, problems } = decodeElement<{ since?: Date }>(contract, parseXml(xml))
    expect(problems).toHaveLength(value.since === undefined ? 1 : 0)
    return value.since
  }

  test('text that the reader streamed is passed on, for bytes only', () => {
    const streamed = { streamed: { size: 3 } }
    const message = parseXml(`<run ${namespaces}><a><j:content>QUJD</j:content></a><title>x</title></run>`)
    const replaced = (element: XmlElement): XmlElement => ({
      ...element,
      ...(element.local === 'content' || element.local === 'title' ? { children: [], streamed } : {}),
      ...(element.local === 'run' || element.local === 'a'
        ? { children: element.children.filter(isElement).map(replaced) }
        : {}),
    })
    const { value, problems } = decodeElement(contract, replaced(message))
    expect((value['a'] as DecodedObject)['content']).toBe(streamed)
    expect(problems.map(problem => problem.input)).toEqual(['title'])
  })

  test('cannot reach a prototype', () => {
    const { value, problems } = withA(
      '<__proto__><polluted>1</polluted></__proto__><constructor>1</constructor><toString>1</toString>',
    )
    expect(problems.map(problem => problem.input)).toEqual(['__proto__', 'constructor', 'toString'])
    expect(Object.getPrototypeOf(value)).toBeNull()
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
  })
})

const nullPrototypes = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(nullPrototypes)
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value
  return Object.assign(
    Object.create(null),
    Object.fromEntries(Object.entries(value).map(([key, one]) => [key, nullPrototypes(one)])),
  )
}

describe('OGSI messages', () => {
  const head = `xmlns="${OGSI}" xmlns:ogsi="${OGSI}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"`

  test('attributes qualified or not', () => {
    for (const prefix of ['ogsi:', '']) {
      const text = `<createService ${head}><terminationTime ${prefix}after="2026-01-01T00:00:00Z" ${prefix}before="infinity"/></createService>`
      const { value, problems } = ogsi(text)
      expect(problems).toEqual([])
      expect(value['terminationTime']).toMatchObject({ before: 'infinity', after: new Date('2026-01-01T00:00:00Z') })
    }
  })

  test('names in queries, prefixed and not', () => {
    const { value, problems } = ogsi(
      `<queryByServiceDataNames ${head} xmlns:j="urn:gridwrap:job"><name>ogsi:interface</name><name>j:status</name><name>terminationTime</name></queryByServiceDataNames>`,
    )
    expect(problems).toEqual([])
    expect(value['name']).toEqual([
      qname(OGSI, 'interface'),
      qname('urn:gridwrap:job', 'status'),
      qname(OGSI, 'terminationTime'),
    ])
    expect(
      ogsi(`<queryByServiceDataNames ${head}><name>nobody:interface</name></queryByServiceDataNames>`).problems,
    ).toEqual([
      { input: 'name[1]', value: 'nobody:interface', rule: 'must be a qualified name whose prefix is declared' },
    ])
  })

  test('exactly one element of any kind', () => {
    const find = (inside: string) =>
      ogsi(`<findServiceData ${head}><queryExpression>${inside}</queryExpression></findServiceData>`)
    const { value, problems } = find('<q xmlns="urn:q">x</q>')
    expect(problems).toEqual([])
    expect((value['queryExpression'] as DecodedObject)['any']).toEqual([
      expect.objectContaining({ namespace: 'urn:q', local: 'q' }),
    ])
    expect(find('').problems).toEqual([{ input: 'queryExpression.any', rule: 'an element is missing here' }])
    expect(find('<q/><q/>').problems).toEqual([{ input: 'queryExpression', rule: 'takes at most 1 element inside' }])
  })

  test('a union says what it takes', () => {
    const text = `<requestTerminationBefore ${head}><terminationTime>never</terminationTime></requestTerminationBefore>`
    expect(ogsi(text).problems[0]?.rule).toBe('must be infinity, or a date and time such as 2026-11-21T08:00:00Z')
  })

  test('an abstract type needs xsi:type, which names a derived one', () => {
    const reference = (attributes: string) =>
      ogsi(
        `<locator ${head}><reference ${attributes}><definitions xmlns="http://schemas.xmlsoap.org/wsdl/"/></reference></locator>`,
      )
    const { value, problems } = reference('xsi:type="ogsi:WSDLReferenceType" ogsi:goodUntil="infinity"')
    expect(problems).toEqual([])
    const [first] = value['reference'] as readonly DecodedObject[]
    expect(first).toMatchObject({ '@type': qname(OGSI, 'WSDLReferenceType'), goodUntil: 'infinity' })
    expect(reference('').problems).toEqual([
      {
        input: 'reference[1]',
        rule: 'must say with xsi:type of which kind it is',
        accepted: [`{${OGSI}}WSDLReferenceType`],
      },
    ])
  })

  test('nil of a nillable element is null', () => {
    expect(ogsi(`<factoryLocator ${head} xsi:nil="true"/>`).value).toBeNull()
  })
})

test('whatever comes, the decoder answers with values of the contract or with problems', () => {
  const name = fc.constantFrom(
    'run',
    'a',
    'images',
    'text',
    'content',
    'upload',
    'options',
    'gap_open',
    'waitSeconds',
    'reference',
    'queryExpression',
    'any',
  )
  const attribute = fc.constantFrom(
    '',
    ' xsi:nil="true"',
    ' xsi:type="o:WSDLReferenceType"',
    ' xsi:type=":"',
    ' j:a="1"',
    ' value="1"',
  )
  const prefix = fc.constantFrom('', 'j:', 'o:', 'x:')
  const { element } = fc.letrec<{ element: string }>(tie => ({
    element: fc
      .tuple(
        prefix,
        name,
        attribute,
        fc.array(fc.oneof({ maxDepth: 5 }, fc.constantFrom('', '7', 'QUI=', ' '), tie('element')), { maxLength: 4 }),
      )
      .map(([p, n, a, children]) => `<${p}${n}${a}>${children.join('')}</${p}${n}>`),
  }))
  const roots = fc.constantFrom(
    't:run',
    't:getResultsResponse',
    'j:StillRunning',
    'o:createService',
    'o:locator',
    'o:fault',
    'o:findServiceData',
  )
  fc.assert(
    fc.property(roots, fc.array(element, { maxLength: 6 }), (root, children) => {
      const text = `<${root} ${namespaces} xmlns:t="urn:gridwrap:app:gap-fill" xmlns:o="${OGSI}" xmlns:x="urn:x">${children.join('')}</${root}>`
      const message = parseXml(text)
      const { value, problems } = decodeElement(contract, message)
      expect(problems.length).toBeLessThanOrEqual(50)
      // What has no problems can be written again: it fits the contract.
      if (problems.length === 0) expect(encodeElement(contract, message, value)).toContain('<')
    }),
    cases,
  )
})
