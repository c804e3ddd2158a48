import { isSafeFileName, isSafePath, isSafePattern } from '../../file-names.ts'
import type { Draft, DraftFields, DraftValue } from '../draft.ts'
import { DraftNames } from '../draft-names.ts'
import { inLine, literalText, looksLikeCondition, serviceName } from '../draft-text.ts'
import { ImportError } from '../import-error.ts'
import { quoteLiteral } from '../template-text.ts'
import { type BoutiquesInput, type BoutiquesOutput, readBoutiques } from './boutiques-document.ts'
import { draftInput } from './boutiques-inputs.ts'
import { splitShellWords } from './shell-words.ts'

/** What stands behind a value-key. */
type Meaning =
  | { readonly kind: 'input'; readonly input: BoutiquesInput; readonly name: string }
  | { readonly kind: 'output'; readonly output: BoutiquesOutput; readonly name: string }

/**
 * Makes a description of a Boutiques descriptor: its command line, in which keys stand for values. The command line of
 * Boutiques is text for a shell; here it is split once, and what only a shell understands is refused.
 *
 * @throws {ImportError}
 */
export function importBoutiques(text: string, file: string, environment: Readonly<Record<string, string>> = {}): Draft {
  const tool = readBoutiques(text, file)
  const notes: string[] = []
  const note = (one: string): void => void notes.push(one)
  const names = new DraftNames(note)
  const inputs = tool.inputs.map(input => ({ kind: 'input' as const, input, name: names.take(input.id) }))
  const outputs = tool['output-files'].map(output => ({ kind: 'output' as const, output, name: names.take(output.id) }))
  const keys = new Map<string, Meaning>()
  for (const one of inputs) if (one.input['value-key'] !== undefined) keys.set(one.input['value-key'], one)
  for (const one of outputs) if (one.output['value-key'] !== undefined) keys.set(one.output['value-key'], one)
  const fixed = fixedNames(outputs, keys, note)
  // The one redirection that has a meaning here: all that is printed is an output.
  const [, line = '', printed] = /^(.*?)(?:\s>\s*(\S+)\s*)?$/s.exec(tool['command-line']) ?? []
  const words = splitShellWords(line)
  if ('problem' in words) throw new ImportError(file, undefined, `its command line ${words.problem}`)
  const parts = keyPattern(keys)
  for (const { output, name } of outputs) {
    const path = output['file-template'] === undefined ? undefined : pathOf(output, parts, keys, fixed)
    if (path !== undefined) fixed.set(name, path)
  }
  const command = words.words.map(word => wordOf(word, parts, keys, fixed))
  const files = outputs.flatMap(({ output }) => writtenFile(output, parts, keys, fixed))
  const written = JSON.stringify([command, files])
  const drafts = inputs.flatMap(({ input, name }): readonly (readonly [string, DraftFields])[] => {
    if (fixed.has(name)) return []
    if (written.includes(`{${name}}`) || written.includes(`[${name}? `)) return [[name, draftInput(input, note)]]
    note(`${input.id} is left out: the command does not use it.`)
    return []
  })
  for (const { input } of inputs)
    if ([...(input['requires-inputs'] ?? []), ...(input['disables-inputs'] ?? [])].length > 0)
      note(`${input.id}: which other inputs it needs or forbids is not carried over, unless a group says so.`)
  const image = tool['container-image']?.image
  if (image !== undefined) note(`The program must be installed here; the descriptor names the image ${image}.`)
  return {
    name: serviceName(tool.name, 'tool'),
    title: inLine(tool.description ?? tool.name, 120),
    ...((tool.description ?? '').length > 120 ? { description: tool.description } : {}),
    ...(tool['tool-version'] === undefined ? {} : { version: inLine(String(tool['tool-version']), 100) }),
    ...(tool.url !== undefined && /^https?:\/\/[^\s"'<>]+$/.test(tool.url) ? { homepage: tool.url } : {}),
    ...(tool['tool-doi'] === undefined ? {} : { cite: inLine(tool['tool-doi'], 1000) }),
    command: command.join('\n'),
    environment: {
      ...Object.fromEntries((tool['environment-variables'] ?? []).map(({ name, value }) => [name, value ?? ''])),
      ...environment,
    },
    files,
    inputs: Object.fromEntries(drafts),
    outputs: draftOutputs(command, printed, outputs, parts, keys, fixed, note),
    rules: rulesOf(tool.groups, new Map(inputs.map(({ input, name }) => [input.id, name])), new Map(drafts), note),
    exit: Object.fromEntries(tool['error-codes'].map(({ code, description }) => [code, inLine(description, 200)])),
    limits: limitsOf(tool['suggested-resources'] ?? {}),
    notes,
  }
}

/** Finds any of the keys; the longest first, since one may be part of another. */
function keyPattern(keys: ReadonlyMap<string, Meaning>): RegExp {
  const all = [...keys.keys()].filter(key => key !== '').toSorted((a, b) => b.length - a.length)
  return all.length === 0
    ? /(?!)/g
    : new RegExp(all.map(key => key.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|'), 'g')
}

/** Texts of callers that outputs have their names of: they have one value, because outputs have fixed names here. */
function fixedNames(
  outputs: readonly (Meaning & { readonly kind: 'output' })[],
  keys: ReadonlyMap<string, Meaning>,
  note: (one: string) => void,
): Map<string, string> {
  const fixed = new Map<string, string>()
  for (const { output } of outputs)
    for (const [key, meaning] of keys) {
      if (meaning.kind !== 'input' || meaning.input.type !== 'String' || meaning.input.list === true) continue
      if (output['path-template']?.includes(key) !== true || fixed.has(meaning.name)) continue
      const preset = meaning.input['default-value']
      const value = typeof preset === 'string' && isSafeFileName(preset) ? preset : meaning.name
      fixed.set(meaning.name, value)
      note(`${meaning.input.id} is always ${value}: an output has its name of it.`)
    }
  return fixed
}

/** A word of the command line as one of a template. */
function wordOf(
  word: string,
  parts: RegExp,
  keys: ReadonlyMap<string, Meaning>,
  fixed: ReadonlyMap<string, string>,
): string {
  const only = keys.get(word)
  if (only !== undefined) return wholeWord(only, fixed)
  let end = 0
  let optional = ''
  let text = ''
  for (const match of word.matchAll(parts)) {
    text += quoted(word.slice(end, match.index))
    end = match.index + match[0].length
    const meaning = keys.get(match[0])
    if (meaning === undefined) continue
    text += valueText(meaning, fixed)
    if (meaning.kind === 'input' && isOptional(meaning.input) && !fixed.has(meaning.name)) optional = meaning.name
  }
  text += quoted(word.slice(end))
  return optional === '' ? text || "''" : `[${text}]`
}

const quoted = (text: string): string => (text === '' ? '' : quoteLiteral(text))
const isOptional = (input: BoutiquesInput): boolean => input.optional === true && input['default-value'] === undefined

function wholeWord(meaning: Meaning, fixed: ReadonlyMap<string, string>): string {
  const of = meaning.kind === 'input' ? meaning.input : meaning.output
  const flag = of['command-line-flag']
  const separator = of['command-line-flag-separator'] ?? ' '
  if (meaning.kind === 'input' && meaning.input.type === 'Flag') return `[${meaning.name}? ${flagWords(flag ?? '')}]`
  const value = valueText(meaning, fixed)
  const words = flag === undefined ? value : `${flagWords(flag)}${separator === ' ' ? ' ' : quoted(separator)}${value}`
  return meaning.kind === 'input' && isOptional(meaning.input) && !fixed.has(meaning.name) ? `[${words}]` : words
}

/** A flag may be several words: it is text for a shell, as the whole line is. */
function flagWords(flag: string): string {
  const words = splitShellWords(flag)
  return 'words' in words ? words.words.map(quoteLiteral).join(' ') : quoteLiteral(flag)
}

function valueText(meaning: Meaning, fixed: ReadonlyMap<string, string>): string {
  const value = fixed.get(meaning.name)
  return value === undefined ? `{${meaning.name}}` : quoteLiteral(value)
}

/** The path of an output: a name, or a pattern where it holds the extension of an input that only a run knows. */
function pathOf(
  output: BoutiquesOutput,
  parts: RegExp,
  keys: ReadonlyMap<string, Meaning>,
  fixed: ReadonlyMap<string, string>,
): string | undefined {
  const template = output['path-template']
  if (template === undefined) return undefined
  const stripped = (output['path-template-stripped-extensions'] ?? []).length > 0
  const texts: (string | undefined)[] = []
  let end = 0
  for (const match of template.matchAll(parts)) {
    texts.push(template.slice(end, match.index))
    end = match.index + match[0].length
    const meaning = keys.get(match[0])
    const isFile = meaning?.kind === 'input' && meaning.input.type === 'File' && meaning.input.list !== true
    if (isFile) texts.push(stripped ? meaning.name : `${meaning.name}*`)
    else texts.push(meaning === undefined ? undefined : fixed.get(meaning.name))
  }
  texts.push(template.slice(end))
  return texts.includes(undefined) ? undefined : texts.join('').replace(/^\.\//, '').replace(/\*+/g, '*')
}

/** A configuration file that is written for the run. */
function writtenFile(
  output: BoutiquesOutput,
  parts: RegExp,
  keys: ReadonlyMap<string, Meaning>,
  fixed: ReadonlyMap<string, string>,
): readonly DraftValue[] {
  const lines = output['file-template']
  if (lines?.some(looksLikeCondition) === true)
    throw new ImportError(output.id, undefined, 'a line of its file-template would be a condition here')
  const name = pathOf(output, parts, keys, fixed)
  if (lines === undefined || name === undefined || !isSafePath(name)) return []
  const text = lines.map(line => {
    let end = 0
    let whole = ''
    for (const match of line.matchAll(parts)) {
      const meaning = keys.get(match[0])
      whole += literalText(line.slice(end, match.index))
      whole += meaning === undefined ? '' : (fixed.get(meaning.name) ?? `{${meaning.name}}`)
      end = match.index + match[0].length
    }
    return `${whole}${literalText(line.slice(end))}`
  })
  return [{ [name]: `${text.join('\n')}\n` }]
}

function draftOutputs(
  command: readonly string[],
  printed: string | undefined,
  outputs: readonly (Meaning & { readonly kind: 'output' })[],
  parts: RegExp,
  keys: ReadonlyMap<string, Meaning>,
  fixed: ReadonlyMap<string, string>,
  note: (one: string) => void,
): Readonly<Record<string, DraftFields>> {
  const drafts = outputs.flatMap(({ output, name }): readonly (readonly [string, DraftFields])[] => {
    if (output['file-template'] !== undefined) return []
    const help = output.description ?? output.name
    const more = { ...(output.optional === true ? { optional: true } : {}), help: help && inLine(help, 900) }
    // What the command names may have any name.
    const isNamed = command.some(word => word.includes(`{${name}}`))
    const path = pathOf(output, parts, keys, fixed) ?? (isNamed ? `${name}.out` : undefined)
    if (printed !== undefined && [output['value-key'], output['path-template'], path].includes(printed))
      return [[name, { file: 'stdout', ...more }]]
    const inside = path?.replace(/\/$/, '')
    if (inside !== undefined && isSafePath(inside) && output.list !== true)
      return [[name, path?.endsWith('/') === true ? { directory: inside, ...more } : { file: inside, ...more }]]
    if (inside !== undefined && isSafePattern(inside)) return [[name, { files: inside, ...more }]]
    note(
      `The output ${output.id} is left out: ${path === undefined ? 'its name depends on more than a description can say' : `"${path}" is no name in the working directory`}.`,
    )
    return []
  })
  if (printed === undefined || drafts.some(([, { file }]) => file === 'stdout')) return Object.fromEntries(drafts)
  note(`What it prints goes to ${printed}, which is none of its outputs; here it is the output printed.`)
  return Object.fromEntries([...drafts, ['printed', { file: 'stdout' }]])
}

type Group = ReturnType<typeof readBoutiques>['groups'][number]

function rulesOf(
  groups: readonly Group[],
  names: ReadonlyMap<string, string>,
  drafts: ReadonlyMap<string, DraftFields>,
  note: (one: string) => void,
): readonly Readonly<Record<string, readonly string[]>>[] {
  return groups.flatMap(group => {
    const members = group.members.map(id => names.get(id) ?? '').filter(name => drafts.has(name))
    const kind =
      group['all-or-none'] === true
        ? 'all or none of'
        : group['mutually-exclusive'] === true
          ? group['one-is-required'] === true
            ? 'one of'
            : 'at most one of'
          : undefined
    const isOptionalToo = members.every(name => drafts.get(name)?.['optional'] === true)
    if (kind !== undefined && members.length > 1 && isOptionalToo) return [{ [kind]: members }]
    note(`The group of ${group.members.join(', ')} is not carried over.`)
    return []
  })
}

const limitsOf = (resources: { 'cpu-cores'?: number | undefined }): Readonly<Record<string, DraftValue>> => {
  const cores = resources['cpu-cores'] ?? 1
  return cores > 1 ? { cores: Math.min(Math.ceil(cores), 1024) } : {}
}
