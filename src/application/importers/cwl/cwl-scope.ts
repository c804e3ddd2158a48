import { isSafeFileName } from '../../file-names.ts'
import type { DraftNames } from '../draft-names.ts'
import { ImportError } from '../import-error.ts'
import { quoteLiteral } from '../template-text.ts'
import type { CwlParameter } from './cwl-document.ts'
import { type CwlPart, cwlParts } from './cwl-reference.ts'
import { type CwlType, readCwlType } from './cwl-type.ts'

export interface CwlInput extends CwlParameter {
  readonly type: CwlType
  /** What the description calls it. */
  readonly name: string
}

/** What texts of the document refer to: inputs, and the machine it would run on. */
export class CwlScope {
  readonly file: string
  readonly inputs: ReadonlyMap<string, CwlInput>
  /** Text inputs that name outputs: they have this one value, because outputs of a description have fixed names. */
  readonly fixed = new Map<string, string>()
  readonly notes: string[]
  /** Files whose names the document fixes (InitialWorkDirRequirement), and those of whose name it uses a part. */
  readonly named = new Map<string, string>()
  readonly rooted = new Set<string>()
  readonly #cores: number
  readonly #ram: number

  constructor(
    file: string,
    parameters: readonly CwlParameter[],
    names: DraftNames,
    notes: string[],
    machine: { readonly cores: number; readonly ram: number },
  ) {
    this.file = file
    this.notes = notes
    this.#cores = machine.cores
    this.#ram = machine.ram
    const inputs = parameters.flatMap((one): readonly (readonly [string, CwlInput])[] => {
      const type = readCwlType(one.fields['type'])
      const base = type?.base ?? 'record'
      if (type !== undefined && known.includes(base)) return [[one.id, { ...one, type, name: names.take(one.id) }]]
      if (type?.optional !== true && one.fields['default'] === undefined)
        throw new ImportError(
          file,
          undefined,
          `inputs.${one.id} has a type that is not known here (${describe(one.fields['type'])})`,
        )
      notes.push(`${one.id} is left out: its type is not known here (${describe(one.fields['type'])}).`)
      return []
    })
    this.inputs = new Map(inputs)
  }

  /** @throws {ImportError} when it holds JavaScript. */
  parts(text: unknown, where: string): readonly CwlPart[] {
    const parts = typeof text === 'string' ? cwlParts(text) : [{ kind: 'literal' as const, text: String(text) }]
    if (parts === undefined)
      throw new ImportError(
        this.file,
        undefined,
        `${where} is JavaScript, which is not run here; write the description by hand`,
      )
    return parts
  }

  /** A word of the command. `self` is the input whose binding it is. */
  word(text: unknown, where: string, self?: CwlInput): string {
    const word = this.parts(text, where)
      .map(part => (part.kind === 'literal' ? quoteLiteral(part.text) : this.#value(part.path, where, self)))
      .join('')
    return word === '' ? "''" : word
  }

  /** A text without any value of a caller, such as the name of an output; undefined when it has one. */
  fixedText(text: unknown, where: string): string | undefined {
    const parts = this.parts(text, where).map(part => {
      if (part.kind === 'literal') return part.text
      const [root, id = '', field] = part.path
      const input = root === 'inputs' ? this.inputs.get(id) : undefined
      if (field === 'nameroot' && input?.type.base === 'File' && !keepsName(input)) return this.#rootOf(input)
      return this.fixed.get(id) ?? this.#machine(part.path)
    })
    return parts.includes(undefined) ? undefined : parts.join('')
  }

  /**
   * The pattern of an output's name. The name of an input file is known but for its extension: what has it is found by a
   * pattern, which never takes the input itself.
   */
  pattern(text: unknown, where: string): string | undefined {
    const parts = this.parts(text, where).map(part => {
      if (part.kind === 'literal') return part.text
      const [root, id = '', field] = part.path
      const input = root === 'inputs' ? this.inputs.get(id) : undefined
      if (input?.type.base === 'File' && !input.type.array && !keepsName(input)) {
        if (field === 'nameroot') return this.#rootOf(input)
        if (field === 'nameext') return '*'
        if (field === undefined || field === 'basename' || field === 'path')
          return this.named.get(input.id) ?? `${this.#rootOf(input)}*`
      }
      return this.fixed.get(id) ?? this.#machine(part.path)
    })
    return parts.includes(undefined) ? undefined : parts.join('').replace(/\*+/g, '*')
  }

  /** Fixes the text inputs that a name of an output refers to. */
  fix(text: unknown, where: string): void {
    for (const part of this.parts(text, where)) {
      const [root, id = '', field] = part.kind === 'reference' ? part.path : []
      const input = root === 'inputs' && field === undefined ? this.inputs.get(id) : undefined
      if (input === undefined || input.type.base !== 'string' || input.type.array || this.fixed.has(id)) continue
      const preset = input.fields['default']
      const value = typeof preset === 'string' && isSafeFileName(preset) ? preset : input.name
      this.fixed.set(id, value)
      this.notes.push(`${id} is always ${value}: an output has its name of it.`)
    }
  }

  #value(path: readonly string[], where: string, self: CwlInput | undefined): string {
    const [root, second = '', third] = path
    const input = root === 'self' ? self : root === 'inputs' ? this.inputs.get(second) : undefined
    const field = root === 'self' ? path[1] : third
    if (input === undefined) {
      const machine = this.#machine(path)
      if (machine !== undefined) return machine
      throw new ImportError(this.file, undefined, `${where} refers to ${path.join('.')}, which is not known here`)
    }
    const fixed = this.fixed.get(input.id)
    if (fixed !== undefined) return quoteLiteral(fixed)
    if (field === undefined || ['path', 'location', 'basename'].includes(field)) return `{${input.name}}`
    if (field === 'nameroot' && !keepsName(input) && !input.type.array) return quoteLiteral(this.#rootOf(input))
    if (field === 'dirname') return '.'
    throw new ImportError(this.file, undefined, `${where} refers to ${path.join('.')}, which only a run has`)
  }

  /** The name that the description gives its file, without the extension. */
  #rootOf(input: CwlInput): string {
    this.rooted.add(input.id)
    return (this.named.get(input.id) ?? input.name).replace(/\.[^.]*$/, '')
  }

  #machine([root, field]: readonly string[]): string | undefined {
    if (root !== 'runtime') return undefined
    if (field === 'cores') return String(this.#cores)
    if (field === 'ram') return String(this.#ram)
    return field === 'outdir' || field === 'tmpdir' ? '.' : undefined
  }
}

/** Files that lie beside it have names made of its own: it keeps the caller's name then, and so do they. */
export const keepsName = ({ fields, type }: CwlInput): boolean =>
  type.base === 'File' && ![undefined, null].includes(fields['secondaryFiles'] as undefined)

const known = ['boolean', 'int', 'long', 'float', 'double', 'string', 'enum', 'File', 'Directory']
const describe = (type: unknown): string => String(JSON.stringify(type)).slice(0, 100)
