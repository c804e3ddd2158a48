/** What a text of a CWL document is made of: literals, and parameter references (Command Line Tool Description v1.2, section 2.4.1). */
export type CwlPart =
  | { readonly kind: 'literal'; readonly text: string }
  /** `$(inputs.bam.nameroot)`: the names in order. */
  | { readonly kind: 'reference'; readonly path: readonly string[] }

const reference = /\$\(([A-Za-z_]\w*(?:\.[A-Za-z_]\w*|\["[^"\]]*"\]|\['[^'\]]*'\]|\[\d+\])*)\)/g

/**
 * Takes a text apart; undefined when it holds JavaScript, that is anything in `${ }`, or in `$( )` more than names. Pure.
 * `\$(` is a plain text.
 */
export function cwlParts(text: string): readonly CwlPart[] | undefined {
  const parts: CwlPart[] = []
  let end = 0
  const literal = (piece: string): boolean => {
    if (/(?<!\\)\$[({]/.test(piece)) return false
    if (piece !== '') parts.push({ kind: 'literal', text: piece.replace(/\\(?=\$[({])/g, '') })
    return true
  }
  for (const match of text.matchAll(reference)) {
    if (text[match.index - 1] === '\\') continue
    if (!literal(text.slice(end, match.index))) return undefined
    parts.push({ kind: 'reference', path: namesIn(match[1] ?? '') })
    end = match.index + match[0].length
  }
  return literal(text.slice(end)) ? parts : undefined
}

const namesIn = (path: string): readonly string[] =>
  [...path.matchAll(/([A-Za-z_]\w*)|\["([^"]*)"\]|\['([^']*)'\]|\[(\d+)\]/g)].map(
    ([, word, double, single, number]) => word ?? double ?? single ?? number ?? '',
  )
