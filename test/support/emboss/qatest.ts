/**
 * EMBOSS's own test cases, `qatest.dat` of Debian's emboss-test: two letters a line, a case up to `//`; the file explains
 * itself at its head.
 */
export interface QaCase {
  readonly id: string
  readonly program: string
  /** Of EMBOSS itself: others belong to packages that are not there, or to what only a build makes. */
  readonly kind: 'AP' | 'AA' | 'AQ'
  readonly commandLine: string
  /** What is answered to prompts. */
  readonly answers: readonly string[]
  /** Run by a shell before. */
  readonly before: readonly string[]
  readonly after: readonly string[]
  readonly exitCode: number
  readonly files: readonly QaFile[]
}

export interface QaFile {
  readonly name: string
  readonly checks: readonly QaCheck[]
}

/** `FZ > 100` bytes, `FC = 2` lines, `FP 3 /x/`: so often, or at least once. */
export type QaCheck =
  | { readonly kind: 'bytes' | 'lines'; readonly relation: '<' | '=' | '>'; readonly count: number }
  | { readonly kind: 'pattern'; readonly pattern: RegExp; readonly count: number | undefined }

export function readQaCases(text: string): readonly QaCase[] {
  return text
    .split(/^\/\/.*$/m)
    .map(block => block.split('\n').filter(line => /^[A-Z]{2}(?: |$)/.test(line)))
    .flatMap(lines => {
      const all = (key: string): string[] => lines.filter(line => line.startsWith(key)).map(line => line.slice(3))
      const [id] = all('ID')
      const kind = (['AP', 'AA', 'AQ'] as const).find(one => all(one).length > 0)
      if (id === undefined || kind === undefined) return []
      return [
        {
          ...{ id: id.trim(), program: (all(kind)[0] ?? '').trim(), kind, commandLine: all('CL').join(' ') },
          ...{ answers: [...all('IN'), ...all('IK')], before: all('PP'), after: all('QQ') },
          ...{ exitCode: Number(all('ER')[0] ?? 0), files: filesIn(lines) },
        },
      ]
    })
}

function filesIn(lines: readonly string[]): readonly QaFile[] {
  const files: { name: string; checks: QaCheck[] }[] = []
  for (const line of lines) {
    const value = line.slice(3).trim()
    if (line.startsWith('FI')) files.push({ name: value, checks: [] })
    const check = checkIn(line.slice(0, 2), value)
    if (check !== undefined) files.at(-1)?.checks.push(check)
  }
  return files
}

function checkIn(key: string, value: string): QaCheck | undefined {
  if (key === 'FZ' || key === 'FC') {
    const [, relation, count] = /^([<=>])?\s*(\d+)/.exec(value) ?? []
    if (count === undefined) return undefined
    return { kind: key === 'FZ' ? 'bytes' : 'lines', relation: (relation ?? '=') as '=', count: Number(count) }
  }
  if (key !== 'FP') return undefined
  const [, count, source, flags] = /^(?:=?\s*(\d+)\s+)?(?:s\s+)?\/(.*)\/([a-z]*)$/.exec(value) ?? []
  if (source === undefined) return undefined
  const pattern = new RegExp(
    source.replaceAll('\\A', '(?<![^])').replaceAll('\\Z', '(?![^])'),
    `gm${flags?.includes('i') === true ? 'i' : ''}`,
  )
  return { kind: 'pattern', pattern, count: count === undefined ? undefined : Number(count) }
}

/** What of the checks does not hold for this content. */
export function failedChecks(file: QaFile, content: string): readonly string[] {
  return file.checks.flatMap(check => {
    if (check.kind === 'pattern') {
      const found = content.match(check.pattern)?.length ?? 0
      const good = check.count === undefined ? found > 0 : found === check.count
      return good ? [] : [`${file.name}: ${found} times ${check.pattern.source}`]
    }
    const is =
      check.kind === 'bytes'
        ? content.length
        : content.replace(/\n$/, '').split('\n').length * Math.sign(content.length)
    const good =
      check.relation === '=' ? is === check.count : check.relation === '<' ? is < check.count : is > check.count
    // The cases write `= 0` of a file for: anything but nothing is wrong, and also for: look at nothing.
    return good ? [] : [`${file.name}: ${is} ${check.kind}, not ${check.relation} ${check.count}`]
  })
}
