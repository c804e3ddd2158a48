/** A file name that no program takes for an option, a list file or a query, and that stays where it is put. */
export const isSafeFileName = (name: string): boolean =>
  name.length <= 100 && /^[A-Za-z0-9_][A-Za-z0-9._+-]*$/.test(name)

/** A relative path of at most four safe names, such as `out/result.txt`. Cannot climb. */
export const isSafePath = (path: string): boolean => {
  const names = path.split('/')
  return names.length <= 4 && names.every(isSafeFileName)
}

/** A safe path in which a name may hold `*` (any run of characters) and `?` (any one), neither of which crosses a `/`. */
export const isSafePattern = (pattern: string): boolean => {
  const names = pattern.split('/')
  return (
    names.length <= 4 &&
    names.every(name => name.length <= 100 && /^[A-Za-z0-9_*?][A-Za-z0-9._+*?-]*$/.test(name)) &&
    /[*?]/.test(pattern)
  )
}

/**
 * Whether a relative path matches a pattern of {@link isSafePattern}. Takes time of at most path × pattern, whatever
 * they hold. A name that begins with a dot is never matched.
 */
export function matchesPattern(pattern: string, path: string): boolean {
  const patterns = pattern.split('/')
  const names = path.split('/')
  if (patterns.length !== names.length) return false
  return patterns.every((one, i) => matchesName(one, names[i] ?? ''))
}

function matchesName(pattern: string, name: string): boolean {
  if (name === '' || name.startsWith('.')) return false
  let [p, n, star, resume] = [0, 0, -1, 0]
  while (n < name.length) {
    const want = pattern[p]
    if (want === '*') {
      star = p++
      resume = n
    } else if (want !== undefined && (want === '?' || want === name[n])) {
      p++
      n++
    } else if (star >= 0) {
      p = star + 1
      n = ++resume
    } else {
      return false
    }
  }
  while (pattern[p] === '*') p++
  return p === pattern.length
}

/** The last component of what a caller says a file is called, whether its machine parts paths with / or \. */
export const baseName = (name: string): string =>
  name.slice(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1)
