/** How EMBOSS understood a command line, out of the log that it writes with EMBOSS_ACDLOG. */
export interface AcdLog {
  /** Qualifiers and parameters on the command line, in their order. `beside`: the parameter whose associated qualifier it is. */
  readonly given: readonly { readonly name: string; readonly beside: string | undefined; readonly value: string }[]
  /** Qualifiers beside sequences that were taken from the command line. */
  readonly taken: readonly { readonly name: string; readonly beside: string; readonly value: string }[]
  /** Parameters that were prompted for, one entry a prompt. */
  readonly prompted: readonly string[]
  /** What the program got of each parameter that it asked for. */
  readonly got: ReadonlyMap<string, string>
}

export function readAcdLog(text: string): AcdLog {
  const numbered = new Map<string, string>()
  const given: { name: string; beside: string | undefined; value: string }[] = []
  const prompted: string[] = []
  const got = new Map<string, string>()
  const taken: { name: string; beside: string; value: string }[] = []
  const notTaken: { name: string; beside: string; value: string }[] = []
  let last: { readonly name: string; readonly number: string } | undefined
  for (const line of text.split('\n')) {
    const [, defined, number] = /^ +Name: '(\w+)\[(\d+)\]'/.exec(line) ?? []
    if (defined !== undefined && number !== undefined) last = { name: defined, number }
    // Only what has qualifiers beside it lists them.
    if (/^ +AssocQuals: \w/.test(line) && last !== undefined) numbered.set(last.number, last.name)
    const [, parameter, word] = /^Parameter \d+: (\w+) = (.*)$/.exec(line) ?? []
    if (parameter !== undefined) given.push({ name: parameter, beside: undefined, value: word ?? '' })
    const [, qualifier, of, value] = /^set qualifier -(\w+)\[(\d+)\] \(param \d+\) = (.*)$/.exec(line) ?? []
    if (qualifier !== undefined && of !== undefined) {
      const master = numbered.get(of)
      given.push({ name: qualifier, beside: master === qualifier ? undefined : master, value: value ?? '' })
    }
    const [, item, qual, said, ret] =
      /^acdQualTo\w+ item: (\w+) qual: (\w+) defval: .*? str: '(.*)' ret: (Yes|No)$/.exec(line) ?? []
    if (item !== undefined && qual !== undefined)
      (ret === 'Yes' ? taken : notTaken).push({ name: qual, beside: item, value: said ?? '' })
    const [, asked] = /^acdUserGet '(\w+)' reply '/.exec(line) ?? []
    if (asked !== undefined) prompted.push(asked)
    const [, found, content] = /^found (\w+) \[\d+\] '(.*)'$/.exec(line) ?? []
    if (found !== undefined) got.set(found, content ?? '')
  }
  // What is said before there is any sequence may be said of none.
  const isOf = (one: { readonly name: string; readonly beside: string | undefined }) => (other: typeof one) =>
    other.name === one.name && other.beside === one.beside
  const really = given.filter(one => !notTaken.some(isOf(one)) || taken.some(isOf(one)))
  return { given: really, taken, prompted, got }
}
