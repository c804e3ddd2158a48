/** A Content-Type header taken apart. Names are lower case; values are as sent, without quotes. */
export interface ContentType {
  readonly mediaType: string
  readonly parameters: ReadonlyMap<string, string>
}

const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+"
const mediaType = new RegExp(`^[ \\t]*(${token}/${token})[ \\t]*`)
// Without quotes any visible character is taken: SOAP clients send `action=http://…` so.
const parameter = new RegExp(`;[ \\t]*(?:(${token})=(?:"((?:[^"\\\\]|\\\\.)*)"|([^;" \\t]*)))?[ \\t]*`, 'ys')

/** Reads a Content-Type (RFC 9110 section 8.3.1); undefined when it is ill-formed or longer than 4096 characters. */
export function parseContentType(header: string): ContentType | undefined {
  const type = header.length > 4096 ? null : mediaType.exec(header)
  if (type?.[1] === undefined) return undefined
  const parameters = new Map<string, string>()
  for (let at = type[0].length; at < header.length; at = parameter.lastIndex) {
    parameter.lastIndex = at
    const match = parameter.exec(header)
    if (match === null) return undefined
    if (match[1] === undefined) continue
    const name = match[1].toLowerCase()
    if (parameters.has(name)) return undefined
    parameters.set(name, match[2]?.replace(/\\(.)/gs, '$1') ?? match[3] ?? '')
  }
  return { mediaType: type[1].toLowerCase(), parameters }
}
