/**
 * Whether a relative path matches a pattern in which `*` is any run of characters and `?` any one; neither crosses a
 * `/`, and a name that begins with a dot is matched only by a pattern that does. Pure; takes time of at most path times
 * pattern, whatever they hold.
 */
export function matchesPath(pattern: string, path: string): boolean {
  const patterns = pattern.split('/')
  const names = path.split('/')
  return patterns.length === names.length && patterns.every((one, i) => matchesName(one, names[i] ?? ''))
}

/** Whether a directory may hold paths that match: each of its names matches its part of the pattern. */
export function mayHoldMatches(pattern: string, directory: string): boolean {
  const patterns = pattern.split('/')
  const names = directory.split('/')
  return names.length < patterns.length && names.every((name, i) => matchesName(patterns[i] ?? '', name))
}

function matchesName(pattern: string, name: string): boolean {
  if (name.startsWith('.') && !pattern.startsWith('.')) return false
  // By code points, so that ? is one character; on a mismatch the last * takes one more.
  const [want, have] = [[...pattern], [...name]]
  let [p, n, star, resume] = [0, 0, -1, 0]
  while (n < have.length) {
    if (want[p] === '*') {
      star = p++
      resume = n
    } else if (p < want.length && (want[p] === '?' || want[p] === have[n])) {
      p++
      n++
    } else if (star >= 0) {
      p = star + 1
      n = ++resume
    } else {
      return false
    }
  }
  while (want[p] === '*') p++
  return p === want.length
}
