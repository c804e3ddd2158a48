import { basename, dirname, extname, relative } from 'node:path'
import type { Draft, DraftFields, DraftValue } from '../draft.ts'
import { DraftNames } from '../draft-names.ts'
import { inLine, serviceName } from '../draft-text.ts'
import { quoteLiteral } from '../template-text.ts'
import { expectedOf } from './expected-lines.ts'
import type { Observation } from './observation.ts'
import { type WordRole, wordRoles } from './word-roles.ts'

/** A draft, and the files that belong beside it: where each lies, by its name there. */
export interface ObservedDraft {
  readonly draft: Draft
  readonly beside: ReadonlyMap<string, string>
}

/** What programs read of a system, and what they leave for themselves. */
const notData =
  /^\/(?:usr|lib|lib32|lib64|bin|sbin|etc|proc|sys|dev|run|opt|nix|var\/lib|var\/cache)\/|\/\.[^/]*(?:\/|$)|\/__pycache__\//
const code = /\.(?:py|pm|pl|R|rb|sh|awk|sed|m|jl|lua|tcl|gp|gnu)$/
const mostOutputs = 20
const likeEachOther = 3

/**
 * Proposes a description of a command from what was seen of one run of it. Every proposal is told with its reason; which
 * words callers may choose, only the author of the command knows. Pure.
 */
export function importObserved(seen: Observation): ObservedDraft {
  const notes: string[] = [
    `Proposed from one run, which took ${seen.seconds.toFixed(1)} s. Look at each input: what stays as it was belongs into the command, without braces.`,
  ]
  if (!seen.traced)
    notes.push(
      'Files were told from what changed in the folder, because strace is not installed: what was read elsewhere is not known.',
    )
  const names = new DraftNames(note => notes.push(note))
  const build = new DraftBuilder(seen, names, notes)
  const roles = wordRoles(seen)
  const words = roles.map(role => build.word(role))
  build.standardInput()
  build.filesWithoutAWord()
  build.printed()
  const script = roles.find(role => role.kind === 'script')?.path
  return build.finish([quoteLiteral(programOf(seen)), ...words].join(' '), basename(script ?? seen.argv[0] ?? ''))
}

/** A program of the folder itself is shipped with its description. */
const programOf = ({ argv, folder }: Observation): string => {
  const [program = ''] = argv
  return program.startsWith(`${folder}/`) ? `./${relative(folder, program)}` : program
}

class DraftBuilder {
  readonly #seen: Observation
  readonly #names: DraftNames
  readonly #notes: string[]
  readonly #inputs: Record<string, DraftFields> = {}
  readonly #outputs: Record<string, DraftFields> = {}
  readonly #files: string[] = []
  readonly #test: Record<string, DraftValue> = {}
  readonly #expect: Record<string, DraftValue> = {}
  readonly #beside = new Map<string, string>()
  /** What a file that has its place is called. */
  readonly #placed = new Map<string, string>()
  #stdin: DraftValue | undefined

  constructor(seen: Observation, names: DraftNames, notes: string[]) {
    this.#seen = seen
    this.#names = names
    this.#notes = notes
  }

  /** The word of the command template that a word becomes. */
  word(role: WordRole): string {
    switch (role.kind) {
      case 'literal':
        return quoteLiteral(role.text)
      case 'script':
        return quoteLiteral(this.#ship(role.path))
      case 'read':
        return `${quoteBefore(role.before)}{${this.#input(role.called, role.path)}}`
      case 'folder':
        return `${quoteBefore(role.before)}{${this.#folder(role.called)}}`
      case 'write':
        return `${quoteBefore(role.before)}{${this.#output(role.called, role.path)}}`
      case 'integer':
      case 'number':
        return `${quoteBefore(role.before)}{${this.#value(role.called, { type: role.kind, default: Number(role.text) })}}`
      case 'text':
        return `${quoteBefore(role.before)}{${this.#value(role.called, { type: 'string', default: role.text })}}`
    }
  }

  standardInput(): void {
    if (this.#seen.stdin === undefined) return
    const name = this.#names.take('deck')
    this.#inputs[name] = { type: 'file', help: 'What the program reads on standard input' }
    this.#stdin = { from: name }
    this.#test[name] = this.#keep(this.#seen.stdin)
  }

  /** Files that the program looks for by names of its own. */
  filesWithoutAWord(): void {
    const { folder, reads, writes, argv } = this.#seen
    const [program = ''] = argv
    for (const path of reads) {
      if (this.#placed.has(path) || path === this.#seen.stdin || path === program || notData.test(path)) continue
      const inside = path.startsWith(`${folder}/`)
      if (!inside) this.#notes.push(`It reads ${path}, which lies elsewhere: a site that runs this must have it there.`)
      else if (code.test(path) || relative(folder, path).includes('/')) this.#ship(path)
      else {
        const name = this.#input(basename(path, extname(path)), path, { name: basename(path) })
        this.#notes.push(
          `${name}: the program reads ${basename(path)} by itself; where it is always the same, write it under files instead.`,
        )
      }
    }
    if (program.startsWith(`${folder}/`)) this.#ship(program)
    const free = writes.filter(path => !this.#placed.has(path) && path.startsWith(`${folder}/`) && !notData.test(path))
    for (const group of alike(free, folder)) this.#collected(group)
    for (const path of writes)
      if (!path.startsWith(`${folder}/`) && !notData.test(path) && !path.startsWith('/tmp/'))
        this.#notes.push(
          `It writes ${path}, outside of its folder: such files are no outputs, and a sandbox refuses them.`,
        )
  }

  printed(): void {
    const { stdout, stderr } = this.#seen
    if (stdout !== '') {
      const name = this.#names.take('printed')
      this.#outputs[name] = { file: 'stdout', help: 'What the program prints' }
      const expected = expectedOf(stdout)
      if (expected !== undefined) this.#expect[name] = expected
    }
    if (Object.keys(this.#outputs).length === 0) {
      this.#outputs[this.#names.take('messages')] = { file: 'stderr', help: 'What the program says' }
      if (stderr === '') this.#notes.push('It wrote and printed nothing that was seen.')
    }
  }

  /** `called`: the name of the program, or of the script that it runs. */
  finish(command: string, called: string): ObservedDraft {
    const { seconds, cpuSeconds, peakMemoryBytes, connects, stdout, stderr } = this.#seen
    const name = serviceName(called.replace(code, ''), 'program')
    const progress = progressOf(stdout, stderr)
    if (progress !== undefined)
      this.#notes.push(`It says how far it is (${progress['in'] as string}); the watch is guessed.`)
    const cores = cpuSeconds === undefined ? 1 : Math.max(1, Math.round(cpuSeconds / Math.max(seconds, 0.1)))
    const memory = Math.max(500e6, (peakMemoryBytes ?? 0) * 4)
    if (peakMemoryBytes !== undefined)
      this.#notes.push(
        `It used ${(peakMemoryBytes / 1e6).toFixed(0)} MB of memory; the limits are guesses with room above that.`,
      )
    return {
      beside: this.#beside,
      draft: {
        name,
        title: inLine(`${called}, as it was run`, 120),
        command,
        stdin: this.#stdin,
        files: this.#files,
        inputs: this.#inputs,
        outputs: this.#outputs,
        ...(connects ? { network: true } : {}),
        ...(progress === undefined ? {} : { watch: { progress } }),
        limits: {
          time: `${Math.max(10, Math.ceil((seconds * 20) / 60))}m`,
          memory: `${Math.ceil(memory / 100e6) * 100}MB`,
          cores,
        },
        tests: [{ run: this.#test, expect: this.#expect }],
        notes: this.#notes,
      },
    }
  }

  #input(called: string, path: string, more: DraftFields = {}): string {
    const before = this.#placed.get(path)
    if (before !== undefined) return before
    const name = this.#names.take(called)
    const extension = extname(path).slice(1)
    const format = /^[A-Za-z0-9]{1,10}$/.test(extension) && more['name'] === undefined ? { format: extension } : {}
    this.#inputs[name] = { type: 'file', ...more, ...format, help: `Was ${inLine(basename(path), 100)}` }
    this.#placed.set(path, name)
    this.#test[name] = this.#keep(path)
    return name
  }

  #folder(called: string): string {
    const name = this.#names.take(called)
    this.#inputs[name] = { type: 'directory' }
    this.#notes.push(`${name}: the files of a folder; add a test that gives some.`)
    return name
  }

  #value(called: string, fields: DraftFields): string {
    const name = this.#names.take(called)
    this.#inputs[name] = fields
    return name
  }

  #output(called: string, path: string): string {
    const before = this.#placed.get(path)
    if (before !== undefined) return before
    const name = this.#names.take(called)
    this.#outputs[name] = { file: basename(path) }
    this.#expect[name] = { size: '1B..' }
    this.#placed.set(path, name)
    return name
  }

  #collected(group: readonly string[]): void {
    const { folder } = this.#seen
    const [first = ''] = group
    if (Object.keys(this.#outputs).length >= mostOutputs) return
    const extension = extname(first)
    if (group.length > 1) {
      const name = this.#names.take(extension === '' ? 'files' : `${extension.slice(1)}_files`)
      const below = dirname(relative(folder, first))
      this.#outputs[name] = { files: `${below === '.' ? '' : `${below}/`}*${extension}` }
      return
    }
    const name = this.#names.take(basename(first).replace(/\./g, '_'))
    this.#outputs[name] = { file: relative(folder, first) }
    this.#expect[name] = { size: '0B..' }
  }

  /** A file that goes with the description. */
  #ship(path: string): string {
    const name = path.startsWith(`${this.#seen.folder}/`) ? relative(this.#seen.folder, path) : basename(path)
    this.#placed.set(path, name)
    if (!this.#files.includes(name)) this.#files.push(name)
    this.#beside.set(name, path)
    return name
  }

  /** A file of the run that a test needs. */
  #keep(path: string): string {
    const name = this.#beside.has(basename(path)) ? `test-${this.#beside.size}-${basename(path)}` : basename(path)
    this.#beside.set(name, path)
    return name
  }
}

const quoteBefore = (before: string): string => (before === '' ? '' : quoteLiteral(before))

/** Files with the same ending in one folder are one output, where they are several. */
function alike(paths: readonly string[], folder: string): readonly (readonly string[])[] {
  const groups = Map.groupBy(paths, path => `${dirname(relative(folder, path))}/${extname(path)}`)
  return [...groups.values()].flatMap(group => (group.length > likeEachOther ? [group] : group.map(path => [path])))
}

/** Lines that end with per cent, three or more of them that grow. */
function progressOf(stdout: string, stderr: string): Record<string, DraftValue> | undefined {
  for (const [stream, said] of [
    ['stderr', stderr],
    ['stdout', stdout],
  ] as const) {
    const figures = [...said.matchAll(/(\d{1,3}(?:\.\d{1,3})?) ?%/g)].map(match => Number(match[1]))
    const grows = figures.every((figure, i) => figure <= 100 && figure >= (figures[i - 1] ?? 0))
    if (figures.length >= 3 && grows) return { in: stream, match: '(?<percent>\\d+(?:\\.\\d+)?) ?%' }
  }
  return undefined
}
