import fc from 'fast-check'

/** How many cases a property is tried with; FUZZ_CASES raises it for a longer run. */
export const cases = { numRuns: Number(process.env['FUZZ_CASES'] ?? 500) }

const local = fc.constantFrom('a', 'b', 'run', 'x-1', '_y.z', 'été', '名前', '𐐀b')
const uris = ['urn:one', 'urn:two', 'http://example.org/three?x=1&y=2']
const space = fc.constantFrom(' ', '\n', '\t', '\r\n', '  ', ' \r')
const optionalSpace = fc.oneof({ weight: 4, arbitrary: fc.constant('') }, space)

/** Text as it stands in a document, references and line ends of all kinds among it. */
const characterData = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 8 }).map(text =>
        [...text]
          .filter(allowed)
          .join('')
          .replace(/[<&\]]/g, '.'),
      ),
      fc.constantFrom(
        '&lt;',
        '&gt;',
        '&amp;',
        '&apos;',
        '&quot;',
        '&#65;',
        '&#x1F600;',
        '&#13;',
        '&#xA;',
        '&#9;',
        '&#00065;',
      ),
      fc.constantFrom('\r\n', '\r', '\n', '\t', ']', ']]', '>', '\u0085', '\u2028', '😀'),
    ),
    { maxLength: 5 },
  )
  .map(parts => parts.join('').replaceAll(']]>', ']]&gt;'))

const allowed = (character: string): boolean => !/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/.test(character)

const attributeValue = characterData.map(text => text.replaceAll('"', '&quot;').replaceAll("'", '&apos;'))

const misc = fc.oneof(
  fc.constantFrom('<!---->', '<!-- a <b> & - c -->', '<?p?>', '<?target some & <data> ?>', '<![CDATA[]]>'),
  fc.constantFrom('<![CDATA[<x>&amp;]]]>', '<![CDATA[ ]]]]><![CDATA[>]]>', '<![CDATA[\r\n]]>'),
)

const prefixes = ['', 'p', 'q', 'xs']
const declarations = fc.uniqueArray(
  fc.record({ prefix: fc.constantFrom(...prefixes), uri: fc.constantFrom(...uris) }),
  { selector: declaration => declaration.prefix, maxLength: 3 },
)

interface Scope {
  readonly [prefix: string]: string
}

interface Shape {
  readonly local: string
  readonly prefix: string
  readonly declared: readonly { prefix: string; uri: string }[]
  readonly attributes: readonly { local: string; prefix: string; value: string; quote: string; space: string }[]
  readonly gap: string
  readonly content: readonly (string | Shape)[]
}

const { shape } = fc.letrec<{ shape: Shape }>(tie => ({
  shape: fc.record({
    local,
    prefix: fc.constantFrom(...prefixes),
    declared: declarations,
    attributes: fc.uniqueArray(
      fc.record({
        local,
        prefix: fc.constantFrom('', '', 'p', 'q', 'xml'),
        value: attributeValue,
        quote: fc.constantFrom('"', "'"),
        space: optionalSpace,
      }),
      { selector: attribute => attribute.local, maxLength: 4 },
    ),
    gap: optionalSpace,
    content: fc.array(fc.oneof({ maxDepth: 4, withCrossShrink: true }, characterData, misc, tie('shape')), {
      maxLength: 4,
    }),
  }),
}))

const textOfUri = (uri: string): string => uri.replaceAll('&', '&amp;')

function written(element: Shape, outer: Scope): string {
  const scope: Record<string, string> = { ...outer }
  let attributes = ''
  for (const { prefix, uri } of element.declared) {
    scope[prefix] = uri
    attributes += ` xmlns${prefix === '' ? '' : ':'}${prefix}="${textOfUri(uri)}"`
  }
  const named = (prefix: string, name: string): string =>
    prefix === '' || (scope[prefix] === undefined && prefix !== 'xml') ? name : `${prefix}:${name}`
  for (const { local: name, prefix, value, quote, space: gap } of element.attributes)
    attributes += `${gap} ${named(prefix, name)}${gap}=${gap}${quote}${value}${quote}`
  const name = named(element.prefix, element.local)
  const content = element.content.map(part => (typeof part === 'string' ? part : written(part, scope))).join('')
  return content === '' && element.gap === ''
    ? `<${name}${attributes}/>`
    : `<${name}${attributes}${element.gap}>${content.replaceAll(']]>', ']]>')}</${name}${element.gap}>`
}

const declaration = fc.constantFrom(
  '',
  '<?xml version="1.0"?>',
  "<?xml version = '1.0' encoding='utf-8' ?>",
  '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\r\n',
)
const outside = fc.constantFrom('', '', '\n', '<!-- outside -->', '<?pi outside?> ')

/** Documents that are namespace-well-formed, but for the rare text that adjoining pieces make. */
export const documents: fc.Arbitrary<string> = fc
  .tuple(declaration, outside, shape, outside)
  .map(([first, before, root, after]) => first + before + written(root, {}) + after)

const fragments = [
  '<', '>', '/', '&', ';', '"', "'", '=', ' ', ':', '!', '?', '-', '--', ']]>', ']', '<![CDATA[', '<!--', '-->', '<?', '?>',
  '<?xml version="1.0"?>', '&#', '&#x', '&#0;', '&#xD800;', '&#x110000;', '&nbsp;', 'xmlns', 'xmlns:p=""', ' xmlns=""', ' xmlns:xml="urn:one"',
  ' xmlns:p="http://www.w3.org/2000/xmlns/"', ' xmlns:xmlns="urn:one"', ' xml:lang="en"', ' xmlns:q="http://www.w3.org/XML/1998/namespace"',
  ' p:a="1"', ' a="1"', '<a/>', '</a>', '<p:a>', '</p:a>', '\0', '\x0b', '\x7f', '\x85', '\ufffe', '\ufffd', '\u00b7', '\u0300', '\u2040', '\u00d7',
  '\u037e', '\u2c00', '\u3000', '\ufdd0', '𐀀', '\u{f0000}', '1', '.', '-a', '#', '%', '\r', '\n', 'version="1.0"', ' standalone="maybe"',
] // biome-ignore format: a table

const mutation = fc.record({
  at: fc.nat(),
  remove: fc.oneof(fc.constant(0), fc.nat(4), fc.nat(40)),
  insert: fc.oneof(fc.constant(''), fc.constantFrom(...fragments)),
})

/** Documents with a few places broken, most of which are no longer well-formed. */
export const brokenDocuments: fc.Arbitrary<string> = fc
  .tuple(documents, fc.array(mutation, { minLength: 1, maxLength: 3 }))
  .map(([text, mutations]) =>
    mutations.reduce((now, { at, remove, insert }) => {
      const from = now.length === 0 ? 0 : at % (now.length + 1)
      return now.slice(0, from) + insert + now.slice(from + remove)
    }, text),
  )
  // Half a surrogate pair cannot be handed to the oracle, which reads UTF-8.
  .map(text => text.replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, ''))
