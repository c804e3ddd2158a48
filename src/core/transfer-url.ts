/** Protocols that a container moves its callers' files with; files of its own machine are not theirs to name. */
const protocols = /^(?:gsiftp|ftp|https|http):\/\//i

const longest = 4096

/** What is wrong with a URL that a caller gave for a file, as the rule it breaks; undefined when nothing is. */
export function transferUrlProblem(text: string): string | undefined {
  if (text.length > longest) return `has more than ${longest} characters`
  if (/[\u0000-\u0020\u007f]/.test(text)) return 'holds blanks or control characters; write them as %20 and so on'
  if (!protocols.test(text)) return 'must be a gsiftp, https, http or ftp URL'
  // What is read as one file must not be fetched as another (transfer/location.ts has the same rule).
  if (/^(?:gsi)?ftp:/i.test(text) && /[#?\\]/.test(text)) return 'holds # ? or \\ : write them as %23, %3F and %5C'
  const url = /^[^:]+:\/\/\//.test(text) ? null : URL.parse(text.replace(/^[A-Za-z]+:/, 'ftp:'))
  if (url === null || url.hostname === '') return 'names no host'
  // It would stand in the store, in logs and in statuses.
  if (url.password !== '') return 'may not hold a password'
  try {
    if (/[\r\n\0]/.test(decodeURIComponent(url.pathname))) return 'holds a line end in its path'
  } catch {
    return 'has a % that is not followed by two hexadecimal digits'
  }
  return undefined
}
