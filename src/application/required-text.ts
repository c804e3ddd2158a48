/** Characters that stand for themselves after a backslash; letters and digits mean something else there. */
const escaped = /[^A-Za-z0-9]/

/**
 * A text that every match of this expression (RE2 syntax) holds: the longest run of plain characters outside of groups,
 * classes and alternatives. Empty when none is sure, which is always right.
 */
export function requiredText(source: string): string {
  // Flags change what characters mean, an alternative makes everything optional, \Q quotes.
  if (/\(\?[a-zA-Z-]+[:)]|\\[QE]/.test(source) || hasAlternative(source)) return ''
  let best = ''
  let run = ''
  const close = (): void => {
    if (run.length > best.length) best = run
    run = ''
  }
  for (let i = 0; i < source.length; ) {
    const character = source[i] ?? ''
    if (character === '(' || character === '[') {
      close()
      i = character === '(' ? afterGroup(source, i) : afterClass(source, i)
      continue
    }
    const repeatEnd = character === '{' ? source.indexOf('}', i) : -1
    if (repeatEnd > 0) {
      close()
      i = repeatEnd + 1
      continue
    }
    const next = source[i + 1] ?? ''
    const plain =
      character === '\\' ? (escaped.test(next) ? next : '') : /[.^$*+?{}|)]/.test(character) ? '' : character
    i += character === '\\' ? 2 : 1
    if (plain === '') {
      close()
      continue
    }
    const quantifier = source[i] ?? ''
    if (quantifier === '*' || quantifier === '?' || quantifier === '{') close()
    else if (quantifier === '+') {
      run += plain
      close()
      run = plain
      i++
      if (source[i] === '?') i++
    } else run += plain
  }
  close()
  // Halves of a character outside the basic plane are none.
  return /[\ud800-\udfff]/.test(best) ? '' : best
}

/** Whether a `|` stands outside of groups and classes. */
function hasAlternative(source: string): boolean {
  for (let i = 0; i < source.length; ) {
    if (source[i] === '|') return true
    i =
      source[i] === '\\'
        ? i + 2
        : source[i] === '('
          ? afterGroup(source, i)
          : source[i] === '['
            ? afterClass(source, i)
            : i + 1
  }
  return false
}

function afterGroup(source: string, start: number): number {
  for (let i = start + 1; i < source.length; ) {
    const character = source[i]
    if (character === ')') return i + 1
    i =
      character === '\\'
        ? i + 2
        : character === '('
          ? afterGroup(source, i)
          : character === '['
            ? afterClass(source, i)
            : i + 1
  }
  return source.length
}

function afterClass(source: string, start: number): number {
  // A ] right at the beginning, also after ^, is one of the class; [:alpha:] has one of its own.
  let i = start + (source[start + 1] === '^' ? 2 : 1)
  if (source[i] === ']') i++
  for (; i < source.length; i++) {
    if (source[i] === '\\') i++
    else if (source.startsWith('[:', i)) i = Math.max(i, source.indexOf(':]', i) + 1)
    else if (source[i] === ']') return i + 1
  }
  return source.length
}
