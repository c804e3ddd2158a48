/** An option that a help text lists. */
export interface HelpOption {
  /** As they are written: `-n`, `--number`. */
  readonly flags: readonly string[]
  /** What stands for its value: `<file>`, `N`, `{a,b}`; undefined when it takes none. */
  readonly placeholder: string | undefined
  /** Written `--number=N`, and not `--number N`. */
  readonly equals: boolean
  readonly help: string
  readonly required: boolean
}

/** A word of the usage line that is no option. */
export interface HelpPositional {
  readonly name: string
  readonly optional: boolean
  readonly many: boolean
  readonly help: string
}

export interface HelpText {
  readonly title: string | undefined
  readonly options: readonly HelpOption[]
  readonly positionals: readonly HelpPositional[]
}

const longest = 256 * 1024
const mostOptions = 250
const mostLines = 4000

const flagPattern = /^--?[A-Za-z0-9][\w.-]*/
const placeholderPattern = /^(?:\{[^{}]{0,300}\}|<[^\n]{1,300}?>(?=$|[\s,\]])|[A-Z][A-Z0-9_|.:-]*)/

/** Reads what programs print for `--help`: options as GNU programs, argparse and NCBI list them, and the usage line. Pure. */
export function readHelp(text: string, program: string): HelpText {
  const lines = text
    .slice(0, longest)
    .replace(/\r/g, '')
    .replace(/\x1b\[[0-9;]*m/g, '')
    .split('\n')
    .slice(0, mostLines)
    .map(line => line.replaceAll('\t', '        ').trimEnd())
  const listed = listedOptions(lines)
  const usage = usageWords(lines, program)
  const options = new Map<string, HelpOption>()
  for (const option of listed) if (!options.has(option.flags.join(' '))) options.set(option.flags.join(' '), option)
  const { positionals, said } = readUsage(usage, [...options.values()])
  for (const option of said) {
    const known = [...options].find(([, one]) => one.flags.some(flag => option.flags.includes(flag)))
    if (known === undefined) options.set(option.flags.join(' '), option)
    else if (option.required) options.set(known[0], { ...known[1], required: true })
  }
  const described = positionals.map(one => ({ ...one, help: one.help || helpOfPositional(one.name, lines) }))
  return { title: titleIn(lines), options: [...options.values()].slice(0, mostOptions), positionals: described }
}

function listedOptions(lines: readonly string[]): readonly HelpOption[] {
  const found: HelpOption[] = []
  for (let at = 0; at < lines.length && found.length < mostOptions; at++) {
    const line = lines[at] ?? ''
    const indent = indentOf(line)
    if (indent > 12 || !flagPattern.test(line.trimStart())) continue
    // What stands for a value may go on on the next lines.
    let whole = line.trimStart()
    while (/^\S+(?:, \S+)? <[^>]*$/.test(whole) && whole.length < 400 && at + 1 < lines.length)
      whole += ` ${(lines[++at] ?? '').trim()}`
    const option = optionIn(whole)
    if (option === undefined) continue
    const more: string[] = []
    // What goes on further in, up to an empty line.
    for (let next = at + 1; next < lines.length && more.length < 6; next++) {
      const following = lines[next] ?? ''
      if (following.trim() === '' || indentOf(following) <= indent || flagPattern.test(following.trimStart())) break
      more.push(following.trim())
    }
    found.push({ ...option, help: [option.help, ...more].join(' ').trim(), required: false })
  }
  return found
}

const indentOf = (line: string): number => line.length - line.trimStart().length

/** `-n, --number=N  description`. */
function optionIn(text: string): Omit<HelpOption, 'required'> | undefined {
  const flags: string[] = []
  let placeholder: string | undefined
  let equals = false
  let rest = text
  for (;;) {
    const [flag] = flagPattern.exec(rest) ?? []
    if (flag === undefined || flags.length >= 6) break
    flags.push(flag)
    rest = rest.slice(flag.length)
    const [joint] = /^(?:\[?=| )/.exec(rest) ?? []
    const value = joint === undefined ? undefined : placeholderPattern.exec(rest.slice(joint.length))?.[0]
    const lower = joint?.endsWith('=') === true ? /^[^\s,\]]+/.exec(rest.slice(joint.length))?.[0] : undefined
    const found = value ?? lower
    if (joint !== undefined && found !== undefined) {
      placeholder ??= found
      equals ||= joint.endsWith('=')
      rest = rest.slice(joint.length + found.length).replace(/^\]/, '')
    }
    const [separator] = /^(?:\s*[,|/]\s*| )(?=-)/.exec(rest) ?? []
    if (separator === undefined) break
    rest = rest.slice(separator.length)
  }
  if (flags.length === 0) return undefined
  // Prose may begin with a dash, too.
  if (rest !== '' && !/^(?:\s|:)/.test(rest)) return undefined
  return { flags, placeholder, equals, help: rest.trim().replace(/^[:-]\s+/, '') }
}

/** The words of the first usage, without the program's own. */
function usageWords(lines: readonly string[], program: string): readonly string[] {
  const at = lines.findIndex(line => /^\s*usage\b/i.test(line))
  if (at < 0) return []
  const first = (lines[at] ?? '').replace(/^\s*usage\s*:?/i, '')
  const parts = [first]
  for (let next = at + 1; next < lines.length && parts.length < 40; next++) {
    const line = lines[next] ?? ''
    if (
      (line.trim() === '' && parts.join('').trim() !== '') ||
      (line.trim() !== '' && !/^\s/.test(line)) ||
      /^\s*or\s*:/.test(line)
    )
      break
    parts.push(line)
  }
  const words =
    parts.join(' ').match(/\[(?:[^[\]]|\[[^[\]]*\])*\](?:\.\.\.)?|\{[^{}]*\}|<[^<>]*>(?:\s*\.\.\.)?|\S+/g) ?? []
  const base = program.split('/').at(-1) ?? program
  const start = words.findIndex(
    word =>
      word
        .split('/')
        .at(-1)
        ?.replace(/\.\w+$/, '') === base.replace(/\.\w+$/, ''),
  )
  return words.slice(start < 0 ? 1 : start + 1)
}

function readUsage(
  words: readonly string[],
  listed: readonly HelpOption[],
): { readonly positionals: readonly HelpPositional[]; readonly said: readonly HelpOption[] } {
  const positionals: HelpPositional[] = []
  const said: HelpOption[] = []
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? ''
    const inner = word
      .replace(/\.\.\.$/, '')
      .replace(/^\[(.*)\]$/s, '$1')
      .trim()
    const isGroup = word.startsWith('[')
    if (inner.startsWith('-')) {
      const whole = isGroup ? inner : takesValue(inner, words[at + 1], listed) ? `${inner} ${words[++at] ?? ''}` : inner
      const [flag] = flagPattern.exec(whole) ?? []
      if (flag === undefined || (/^-[A-Za-z]{2,}$/.test(whole) === true && isGroup && isCluster(whole, listed)))
        continue
      const value = whole
        .slice(flag.length)
        .replace(/^[= ]+/, '')
        .trim()
      const equals = whole[flag.length] === '='
      said.push({ flags: [flag], placeholder: value === '' ? undefined : value, equals, help: '', required: !isGroup })
      continue
    }
    const name =
      inner
        .replace(/\.\.\.$/, '')
        .replace(/[<>[\]]/g, '')
        .trim()
        .split(/\s/)[0] ?? ''
    if (name === '' || /^(?:options?|flags|args|arguments|or|\||--)$/i.test(name) || !/^[A-Za-z]/.test(name)) continue
    const many = word.includes('...') || inner.includes('...') || words[at + 1] === '...'
    const before = positionals.at(-1)
    if (before?.name === name) positionals[positionals.length - 1] = { ...before, many: true }
    else positionals.push({ name, optional: isGroup, many, help: '' })
  }
  return { positionals, said }
}

/** `-n N` where nothing says that `-n` takes none. */
function takesValue(flag: string, next: string | undefined, listed: readonly HelpOption[]): boolean {
  if (next === undefined || next.startsWith('-') || next.startsWith('[') || flag.includes('=')) return false
  const known = listed.find(one => one.flags.includes(flag))
  return known === undefined || known.placeholder !== undefined
}

/** `[-hv]`: several flags of one letter. */
const isCluster = (flag: string, listed: readonly HelpOption[]): boolean =>
  !listed.some(one => one.flags.includes(flag))

function helpOfPositional(name: string, lines: readonly string[]): string {
  const at = lines.findIndex(line => line.trimStart().startsWith(`${name} `) && /^\s+\S+\s{2,}\S/.test(line))
  return at < 0 ? '' : (lines[at] ?? '').trim().slice(name.length).trim()
}

/** The first sentence that is no usage, no option and no heading. */
const titleIn = (lines: readonly string[]): string | undefined =>
  lines
    .map(line => line.trim().replace(/^#\s*/, ''))
    .find(line => /^[A-Z][^:]{8,}[a-z.)]$/.test(line) && !/usage|copyright|options|version/i.test(line))
