/** What a container would log, as a line for people: file and line, what it is, and why. */
export function problemText(details: object, message: string): string {
  const { file, why, line, message: detail } = details as Readonly<Record<string, string | undefined>>
  const place = [file, line].filter(part => part !== undefined).join(':')
  return [place, message, why ?? detail].filter(Boolean).join(': ')
}
