/** A subroutine or a function as its declarations say it; names in small letters. */
export interface FortranRoutine {
  readonly name: string
  readonly isFunction: boolean
  readonly arguments: readonly string[]
  /** `bind(C)`, and the name there, if one is given. */
  readonly bind: { readonly name: string | undefined } | undefined
  readonly result: string
  readonly declared: ReadonlyMap<string, FortranDeclaration>
}

export interface FortranDeclaration {
  /** `real(c_double)`, `double precision`, `integer`, in small letters and without blanks. */
  readonly type: string
  readonly intent: string | undefined
  readonly byValue: boolean
  readonly extents: readonly string[]
  /** f2py: `n = len(x)`. */
  readonly initial: string | undefined
  readonly other: readonly string[]
}

const mostLines = 200_000
const beginning = /^((?:[\w ]+(?:\([^()]*\))?\*?\d* +)*?)(subroutine|function) +([a-z]\w*) *(?:\(([^()]*)\))? *(.*)$/
const typeName =
  /^(integer|real|double *precision|complex|double *complex|logical|character|type)( *\*\s*\d+| *\((?:[^()]|\([^()]*\))*\))?/

/**
 * The routines that a source of Fortran 90 or later, of Fortran 77, or a signature file of f2py declares. Only declarations are
 * read; what is between them is passed over. Pure.
 */
export function readFortran(text: string, fixedForm: boolean): readonly FortranRoutine[] {
  const routines: FortranRoutine[] = []
  const open: { begun: RegExpExecArray; declared: Map<string, FortranDeclaration> }[] = []
  for (const line of statements(text, fixedForm)) {
    if (/^end *(subroutine|function)?( +\w+)?$/.test(line) && open.length > 0) {
      const done = open.pop()
      if (done !== undefined) routines.push(routineOf(done.begun, done.declared))
      continue
    }
    const begun = /^end\b/.test(line) ? null : beginning.exec(line)
    if (begun !== null) open.push({ begun, declared: new Map() })
    else declare(line, open.at(-1)?.declared)
  }
  return routines
}

/** Statements in small letters: without comments, continued lines joined. */
function statements(text: string, fixedForm: boolean): readonly string[] {
  const lines: string[] = []
  for (const raw of text.split(/\r?\n/).slice(0, mostLines)) {
    if (fixedForm && /^[cC*!dD]/.test(raw)) continue
    const line = raw.replace(/![^'"]*$/, '').trimEnd()
    if (line.trim() === '' || line.trimStart().startsWith('!')) continue
    const last = lines.length - 1
    const before = lines[last]
    if (fixedForm && /^ {5}[^ 0]/.test(line) && before !== undefined) lines[last] = before + line.slice(6)
    else if (!fixedForm && before?.endsWith('&') === true)
      lines[last] = before.slice(0, -1) + line.trimStart().replace(/^&/, '')
    else lines.push(line)
  }
  return lines.map(line =>
    line
      .trim()
      .replace(/^\d+ +/, '')
      .replace(/\s+/g, ' ')
      .toLowerCase(),
  )
}

function routineOf(
  [, prefix = '', kind, name = '', list = '', suffix = '']: RegExpExecArray,
  declared: Map<string, FortranDeclaration>,
): FortranRoutine {
  const bind = /bind *\( *c *(?:, *name *= *['"]([^'"]*)['"])? *\)/.exec(suffix)
  const [, result = name] = /result *\( *(\w+) *\)/.exec(suffix) ?? []
  const type = typeName.exec(prefix.trim().replace(/^(?:pure|elemental|recursive|impure) +/g, ''))
  if (kind === 'function' && type !== null && !declared.has(result))
    declared.set(result, { ...plain, type: withoutBlanks(type[0]) })
  return {
    name,
    isFunction: kind === 'function',
    arguments: list
      .split(',')
      .map(one => one.trim())
      .filter(one => one !== ''),
    bind: bind === null ? undefined : { name: bind[1] },
    result,
    declared,
  }
}

const plain: Omit<FortranDeclaration, 'type'> = {
  intent: undefined,
  byValue: false,
  extents: [],
  initial: undefined,
  other: [],
}

const withoutBlanks = (text: string): string => text.replace(/ +/g, '').replace('doubleprecision', 'double precision')

/** `real(c_double), intent(in) :: x(n), y(n)`, `integer n, m`, `dimension x(n)`. */
function declare(line: string, declared: Map<string, FortranDeclaration> | undefined): void {
  if (declared === undefined) return
  const type = typeName.exec(line)
  const isDimension = /^dimension\b/.test(line)
  if (type === null && !isDimension) return
  const rest = line.slice(type === null ? 'dimension'.length : type[0].length)
  const colons = rest.indexOf('::')
  // Without the colons there are no attributes, and what follows is names.
  if (colons < 0 && !/^ /.test(rest) && !isDimension) return
  const attributes = colons < 0 ? [] : split(rest.slice(0, colons)).filter(one => one !== '')
  const shared = attributes.flatMap(one => /^dimension *\((.*)\)$/.exec(one)?.[1] ?? [])
  const intents = attributes.flatMap(one => /^intent *\(([^()]*)\)$/.exec(one)?.[1]?.replaceAll(' ', '') ?? [])
  for (const item of split(colons < 0 ? rest : rest.slice(colons + 2))) {
    const [, name, extents, initial] = /^([a-z]\w*) *(?:\((.*?)\))? *(?:\*\d+)? *(?:=+>? *(.+))?$/.exec(item) ?? []
    if (name === undefined) continue
    const before = declared.get(name)
    declared.set(name, {
      type: type === null ? (before?.type ?? '') : withoutBlanks(type[0]),
      intent: intents.length === 0 ? before?.intent : intents.join(','),
      byValue: attributes.includes('value') || before?.byValue === true,
      extents: split(extents ?? shared[0] ?? '').filter(one => one !== ''),
      initial: initial?.trim() ?? before?.initial,
      other: attributes.filter(one => !/^(intent|dimension)\b|^value$/.test(one)),
    })
  }
}

/** At commas outside of brackets. */
function split(text: string): readonly string[] {
  const parts: string[] = []
  let depth = 0
  let from = 0
  for (const [i, character] of [...text].entries()) {
    if (character === '(') depth++
    else if (character === ')') depth--
    else if (character === ',' && depth === 0) {
      parts.push(text.slice(from, i))
      from = i + 1
    }
  }
  return [...parts, text.slice(from)].map(part => part.trim())
}
