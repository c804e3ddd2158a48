import { existsSync, globSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Application, Input } from '../../../src/application/model.ts'
import type { AcdLog } from './acd-log.ts'

export type CallInputs = Record<string, unknown>

/** A case that cannot be said in inputs, with the reason. */
export class NotMade extends Error {}

/** Qualifiers of EMBOSS's own dialogue, and of where files lie and what they are called: the description settles them. */
const settled = [
  ...[
    'auto',
    'options',
    'verbose',
    'warning',
    'error',
    'fatal',
    'die',
    'stdout',
    'filter',
    'gprompt',
    'sask',
    'squick',
  ],
  ...['goutfile', 'ofname', 'osname', 'rname', 'aname', 'odirectory', 'osextension', 'rextension', 'debug'],
]
const formatQualifiers = [
  'sformat',
  'osformat',
  'aformat',
  'rformat',
  'offormat',
  'oformat',
  'iformat',
  'fformat',
  'format',
]

/** The inputs of the same call to an imported description. */
export class CaseInputs {
  readonly #application: Application
  readonly #inputs: ReadonlyMap<string, Input>
  readonly #folder: string
  readonly #databases: RegExp
  readonly #values: CallInputs = {}
  #got: AcdLog['got'] = new Map()

  constructor(application: Application, folder: string, databases: readonly string[]) {
    this.#application = application
    this.#inputs = new Map(application.inputs.map(input => [input.name, input]))
    this.#folder = folder
    this.#databases = new RegExp(`^(${databases.join('|')})((?:-[a-z]+)?(?::[^:]|[-:]?\\{).*)$`, 'is')
  }

  /** @throws {NotMade} */
  of(log: AcdLog, answers: readonly string[]): CallInputs {
    this.#got = log.got
    for (const { name, beside, value } of log.given) {
      if (settled.includes(name)) continue
      if (beside === undefined) this.#parameter(name, value)
      else this.#beside(name, beside, value)
    }
    // Said before any sequence, they are said of all.
    for (const { name, beside, value } of log.taken)
      if (!settled.includes(name) && !log.given.some(one => one.name === name && one.beside === beside))
        this.#beside(name, beside, value)
    // What -sask asks for is asked for behind the sequence, and not in the log.
    const master = log.given.find(one => one.name === 'sask')?.beside ?? log.prompted[0] ?? ''
    const asked = log.given.some(one => one.name === 'sask') ? ['sbegin', 'send'] : []
    const prompted = [...log.prompted.slice(0, 1), ...asked.map(one => `${master}_${one}`), ...log.prompted.slice(1)]
    for (const [index, name] of prompted.entries()) {
      const answer = answers[index]?.trim() ?? ''
      if (answer !== '') this.#parameter(name, answer)
    }
    return this.#values
  }

  #set(name: string, value: unknown): void {
    if (!this.#inputs.has(name)) throw new NotMade(`it has no input ${name}`)
    this.#values[name] = value
  }

  #named(name: string): string {
    return [name, `${name}_`].find(one => this.#inputs.has(one)) ?? name
  }

  #parameter(name: string, value: string): void {
    const own = this.#named(name)
    const input = this.#inputs.get(own)
    const output = this.#application.outputs.find(one => one.name === name || one.name === `${name}_`)
    if (output !== undefined) this.#output(output.name, value)
    else if (input === undefined) this.#unnumbered(name, value)
    else if (input.type === 'file') this.#file(own, input, value)
    else if (value.startsWith('@') && this.#inputs.has(`${own}_file`))
      this.#set(`${own}_file`, this.#content(value.slice(1)))
    else if (value !== '' || input.type === 'boolean') this.#set(own, plainValue(input, value))
  }

  /** A qualifier beside a parameter that has no number. */
  #unnumbered(name: string, value: string): void {
    const masters = [...this.#inputs.keys()]
      .filter(one => one.endsWith(`_${name}`))
      .map(one => one.slice(0, -name.length - 1))
    if (masters.length === 0) throw new NotMade(`it has no input ${name}`)
    for (const master of masters) this.#beside(name, master, value)
  }

  /** Where it is written is the description's to say, and in which format the caller's. */
  #output(name: string, value: string): void {
    const format = /^(\w+)::/.exec(value)?.[1]
    if (format !== undefined) this.#set(`${name}_format`, format.toLowerCase())
    const got = this.#got.get(name) ?? value
    if (this.#inputs.has(`${name}_wanted`)) this.#set(`${name}_wanted`, got !== '')
  }

  #beside(qualifier: string, master: string, value: string): void {
    const own = this.#named(master)
    if (qualifier === 'ufo') {
      const [, format, path = ''] = /^(?:(\w+)::)?(.*)$/.exec(value) ?? []
      this.#set(`${own}_features`, this.#content(path))
      if (format !== undefined) this.#set(`${own}_features_format`, format.toLowerCase())
      return
    }
    const isFormat = formatQualifiers.includes(qualifier)
    const name =
      ['fformat', 'offormat'].includes(qualifier) && this.#inputs.has(`${own}_features_format`)
        ? `${own}_features_format`
        : `${own}_${isFormat ? 'format' : qualifier}`
    const input = this.#inputs.get(name)
    if (input === undefined) throw new NotMade(`it has no input ${name}`)
    this.#set(name, isFormat ? value.toLowerCase() : plainValue(input, value))
  }

  #file(name: string, input: Input, value: string): void {
    if (value === '') return
    if (input.isDirectory === true) this.#directory(name, value)
    else if (this.#inputs.has(`${name}_only`)) this.#records(name, value)
    else if (input.many !== undefined)
      this.#set(
        name,
        value.split(',').map(path => this.#content(path)),
      )
    else if (existsSync(join(this.#folder, value))) this.#set(name, this.#content(value))
    else if (this.#inputs.has(`${name}_name`)) this.#set(`${name}_name`, value)
    else throw new NotMade(`${value} is no file`)
  }

  /** A Uniform Sequence Address: `format::file:entry[begin:end:r]`, `DATABASE:entry`, `asis::ACGT`, `@list`. */
  #records(name: string, value: string): void {
    const [, said, asis, rest = '', range] = /^(?:(\w+)::|(asis):)?(.*?)(\[[^[\]]*\])?$/s.exec(value) ?? []
    const format = (said ?? asis)?.toLowerCase()
    if (range !== undefined && this.#entry(value) === undefined) {
      const [begin, end, reverse] = range.slice(1, -1).split(':')
      if (begin !== undefined && begin !== '') this.#set(`${name}_sbegin`, BigInt(begin))
      if (end !== undefined && end !== '') this.#set(`${name}_send`, BigInt(end))
      if (reverse !== undefined && reverse !== '') this.#set(`${name}_sreverse`, true)
    }
    if (format === 'asis') {
      this.#set(name, { content: Buffer.from(rest) })
      this.#set(`${name}_format`, 'asis')
      this.#set(`${name}_sid`, 'asis')
    } else if (rest.startsWith('@') || format === 'list') this.#list(name, rest.replace(/^@/, ''))
    else if (this.#entry(value) !== undefined) this.#setEntries(name, [this.#entry(value) ?? ''])
    else this.#fileOrEntryOfIt(name, rest, format)
  }

  #fileOrEntryOfIt(name: string, path: string, format: string | undefined): void {
    const [, wild = '', entries] = /^([^:]*)(?::(.*))?$/s.exec(path) ?? []
    if (wild.includes('*')) {
      const those = globSync(wild, { cwd: this.#folder })
      this.#setFiles(name, those.toSorted())
      if (entries !== undefined) this.#set(`${name}_only`, entries)
      return
    }
    const [, start, offset] = /^(.*)%(\d+)$/s.exec(path) ?? []
    if (start !== undefined && offset !== undefined) {
      this.#set(`${name}_ioffset`, BigInt(offset))
      this.#fileOrEntryOfIt(name, start, format)
      return
    }
    if (path === 'stdin') {
      this.#set(name, { content: Buffer.from('') })
      this.#set(`${name}_format`, format ?? 'unknown')
      return
    }
    const [, file = path, only] = existsSync(this.#path(path)) ? [] : (/^([^:]*):(.*)$/s.exec(path) ?? [])
    if (!existsSync(this.#path(file))) {
      // What no database here has, the program may look up elsewhere, or the container refuses.
      if (/^\w+(?:-\w+)?[:{]/.test(path)) this.#setEntries(name, [path])
      else throw new NotMade(`no file and no entry: ${path}`)
      return
    }
    const index = `${file}.bai`
    if (this.#inputs.has(`${name}_index`) && existsSync(this.#path(index)))
      this.#set(`${name}_index`, this.#content(index))
    this.#set(name, this.#content(file))
    if (only !== undefined) this.#set(`${name}_only`, only)
    // Who says no format lets EMBOSS guess. It may have been said by a qualifier.
    const preset = this.#inputs.get(`${name}_format`)?.default
    if (format !== undefined) this.#set(`${name}_format`, format)
    else if (preset !== undefined && this.#values[`${name}_format`] === undefined)
      this.#set(`${name}_format`, 'unknown')
  }

  /** An entry of a database, whose name is written small here. */
  #entry(text: string): string | undefined {
    const [, database, query] = this.#databases.exec(text) ?? []
    return database === undefined ? undefined : `${database.toLowerCase()}${query}`
  }

  #setEntries(name: string, entries: readonly string[]): void {
    if (entries.length === 1) this.#set(`${name}_entry`, entries[0])
    else this.#set(`${name}_entries`, entries)
  }

  #list(name: string, path: string): void {
    const lines = readFileSync(this.#path(path), 'latin1')
      .split('\n')
      .map(line => line.replace(/#.*/, '').trim())
      .filter(line => line !== '')
    const entries = lines.map(line => this.#entry(line))
    if (!entries.includes(undefined)) this.#setEntries(name, entries as string[])
    else this.#setFiles(name, lines)
  }

  #setFiles(name: string, paths: readonly string[]): void {
    this.#set(
      `${name}_files`,
      paths.map(path => this.#content(path)),
    )
    if (this.#values[`${name}_format`] === undefined) this.#set(`${name}_format`, 'unknown')
  }

  #directory(name: string, value: string): void {
    const at = join(this.#folder, value)
    const files = readdirSync(at).filter(one => statSync(join(at, one)).isFile() && /^\w[\w.+-]*$/.test(one))
    this.#set(
      name,
      files.map(one => this.#content(join(value, one))),
    )
  }

  #path(path: string): string {
    return path.startsWith('~/') ? join(this.#folder, '../../home', path.slice(2)) : join(this.#folder, path)
  }

  #content(path: string): unknown {
    const at = this.#path(path)
    if (!existsSync(at) || !statSync(at).isFile()) throw new NotMade(`${path} is no file`)
    return { name: basename(path), content: readFileSync(at) }
  }
}

function plainValue(input: Input, text: string): unknown {
  const one = (value: string): unknown => {
    if (input.type === 'boolean') return /^(?:|y|yes|true|1)$/i.test(value)
    if (input.type === 'integer') return /^-?\d+$/.test(value) ? BigInt(value) : value
    if (input.type === 'number') return Number(value)
    if (input.type !== 'choice') return value
    const says = (input.values ?? []).map(({ say }) => say)
    return (
      says.find(say => say === value) ??
      says.find(say => say.toLowerCase() === value.toLowerCase()) ??
      says.find(say => say.toLowerCase().startsWith(value.toLowerCase())) ??
      // Of a list the label will do, too, or the beginning of it.
      says.find(say => (input.help ?? '').toLowerCase().includes(`${say}: ${value}`.toLowerCase())) ??
      value
    )
  }
  if (input.many === undefined) return one(input.type === 'string' ? text : text.trim())
  if (text === '*') return (input.values ?? []).map(({ say }) => say)
  return text
    .split(/[,;\s]+/)
    .filter(part => part !== '')
    .map(one)
}
