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

/** The last component of what a caller says a file is called, whether its machine parts paths with / or \. */
export const baseName = (name: string): string =>
  name.slice(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1)
