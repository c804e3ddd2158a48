/**
 * Splits a command line as a POSIX shell does as long as it only splits: blanks, quotes, backslashes (XCU 2.2, 2.3). What a
 * shell would do more with (variables, redirections, several commands, patterns) is a problem. Pure.
 */
export function splitShellWords(text: string): { readonly words: readonly string[] } | { readonly problem: string } {
  const words: string[] = []
  let word: string | undefined
  let quote: string | undefined
  for (let at = 0; at < text.length; at++) {
    const c = text[at] ?? ''
    if (quote === "'") {
      if (c === "'") quote = undefined
      else word = (word ?? '') + c
    } else if (c === '\\') {
      const next = text[++at]
      if (next !== '\n')
        word = (word ?? '') + (quote === '"' && !/[$`"\\]/.test(next ?? '') ? `\\${next ?? ''}` : (next ?? ''))
    } else if (c === '$' || c === '`') return { problem: `holds ${c}, which only a shell understands` }
    else if (quote === '"') {
      if (c === '"') quote = undefined
      else word = (word ?? '') + c
    } else if (c === '"' || c === "'") {
      quote = c
      word ??= ''
    } else if (/\s/.test(c)) {
      if (word !== undefined) words.push(word)
      word = undefined
    } else if (/[|&;<>()*?~#]/.test(c) && (c !== '#' || word === undefined) && (c !== '~' || word === undefined))
      return { problem: `holds ${c}, which only a shell understands; ship a script under files, and call that` }
    else word = (word ?? '') + c
  }
  if (quote !== undefined) return { problem: `has a ${quote} without its end` }
  if (word !== undefined) words.push(word)
  return words.length === 0 ? { problem: 'is empty' } : { words }
}
