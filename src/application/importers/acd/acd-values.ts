import type { DraftFields, DraftValue } from '../draft.ts'
import { inLine } from '../draft-text.ts'
import { partsBeside } from './acd-beside.ts'
import { type AcdContext, type AcdPart, constant, helpOf, isComputed, isYes, noPart } from './acd-parameter.ts'
import type { AcdDefinition } from './acd-reader.ts'

/** Parameters that are values: numbers, texts, choices. */
export function readValueParameter(definition: AcdDefinition, context: AcdContext): AcdPart | undefined {
  const name = context.nameOf(definition.name)
  const base = { help: helpOf(definition), ...advancedOf(definition) }
  const fields = fieldsOf(definition, context)
  if (fields === undefined) return undefined
  const help = [base.help, fields['help']].filter(one => one !== undefined).join(' ')
  const input = {
    ...{ ...fields, ...base, help: help === '' ? undefined : inLine(help, 990) },
    ...(fields['default'] === undefined ? { optional: true } : {}),
  }
  const beside = partsBeside(definition, context)
  const part = {
    ...noPart,
    inputs: { [name]: input, ...beside.inputs },
    words: [`[-${definition.name}={${name}}]`, ...beside.words],
  }
  return ['pattern', 'range', 'regexp'].includes(definition.type) ? withFile(part, name, definition, context) : part
}

const advancedOf = (definition: AcdDefinition): DraftFields =>
  ['parameter', 'standard', 'additional'].some(key => definition.attributes.has(key)) ? {} : { advanced: true }

function fieldsOf(definition: AcdDefinition, context: AcdContext): DraftFields | undefined {
  switch (definition.type) {
    case 'boolean':
    case 'toggle':
      // Without a default EMBOSS takes false.
      return {
        type: 'boolean',
        default: isComputed(definition, 'default') ? undefined : isYes(constant(definition, 'default')),
      }
    case 'integer':
      return numberFields(definition, context, 'integer')
    case 'float':
      return numberFields(definition, context, 'number')
    case 'array':
      return { type: 'number', many: '1..1000', join: ',' }
    case 'string':
      return textFields(definition)
    case 'range':
      return { type: 'string', pattern: String.raw`[A-Za-z0-9][A-Za-z0-9 .,:;_+\-]*` }
    case 'pattern':
    case 'regexp':
      // A text that begins with @ names a file of the host.
      return { type: 'string', pattern: '[^@].*' }
    case 'list':
    case 'selection':
      return choiceFields(definition, context)
    default:
      return undefined
  }
}

function numberFields(definition: AcdDefinition, context: AcdContext, type: 'integer' | 'number'): DraftFields {
  const bound = (key: string): number | undefined => {
    const text = constant(definition, key)
    if (text === undefined) {
      if (isComputed(definition, key))
        context.note(`${definition.name}: its ${key} depends on other inputs; the program looks to it.`)
      return undefined
    }
    const value = Number(text)
    return Number.isFinite(value) && text !== '' && (type === 'number' || Number.isSafeInteger(value))
      ? value
      : undefined
  }
  const [min, max] = [bound('minimum'), bound('maximum')]
  // Without a default EMBOSS takes 0, unless that is out of bounds.
  const given = isComputed(definition, 'default') ? undefined : Number(constant(definition, 'default') ?? 0)
  const preset =
    given !== undefined && Number.isFinite(given) && (min ?? given) <= given && given <= (max ?? given)
      ? given
      : undefined
  const range = min === undefined && max === undefined ? undefined : `${plain(min)}..${plain(max)}`
  return { type, range, default: type === 'integer' && !Number.isSafeInteger(preset ?? 0) ? undefined : preset }
}

/** A number without an exponent, which a whole number may not have. */
const plain = (value: number | undefined): string =>
  value === undefined ? '' : Number.isSafeInteger(value) ? BigInt(value).toString() : String(value)

function textFields(definition: AcdDefinition): DraftFields {
  const bound = (key: string): number | undefined => {
    const text = constant(definition, key)
    return text !== undefined && /^\d{1,4}$/.test(text) && Number(text) <= 1000 ? Number(text) : undefined
  }
  const [least, most] = [bound('minlength') ?? 0, bound('maxlength')]
  const length = least === 0 && most === undefined ? undefined : `${least}..${most ?? 1000}`
  const preset = isComputed(definition, 'default') ? undefined : constant(definition, 'default')
  const fits = preset !== undefined && preset !== '' && !preset.startsWith('-') && preset.length >= least
  return { type: 'string', length, default: fits && preset.length <= (most ?? 1000) ? preset : undefined }
}

function choiceFields(definition: AcdDefinition, context: AcdContext): DraftFields | undefined {
  const values = constant(definition, 'values') ?? ''
  const isList = definition.type === 'list'
  const codeDelimiter = definition.attributes.get('codedelimiter') ?? ':'
  const seen = new Set<string>()
  const pairs = values
    .split(definition.attributes.get('delimiter') ?? ';')
    .map(one => one.trim())
    .filter(one => one !== '')
    .map(one => {
      const at = isList ? one.indexOf(codeDelimiter) : -1
      return at < 0 ? { code: one, label: one } : { code: one.slice(0, at).trim(), label: one.slice(at + 1).trim() }
    })
    .filter(({ code }) => code !== '' && !seen.has(code) && seen.add(code).size <= 1000)
  if (pairs.length === 0) return undefined
  const many = isComputed(definition, 'maximum') ? undefined : Number(constant(definition, 'maximum') ?? 1)
  const least = Number(constant(definition, 'minimum') ?? 1)
  const codeOf = (text: string): string | undefined =>
    (
      pairs.find(pair => pair.code === text) ??
      pairs.find(pair => pair.label === text) ??
      pairs.find(pair => text !== '' && pair.label.toLowerCase().startsWith(text.toLowerCase()))
    )?.code
  const isMany = many === undefined || many > 1
  const given = isComputed(definition, 'default') ? undefined : constant(definition, 'default')
  const presets = (given ?? '').split(isMany ? /[,;]/ : '\n').map(one => codeOf(one.trim()))
  const known = presets.length > 0 && presets.every(one => one !== undefined) ? presets : undefined
  if (given !== undefined && given !== '' && known === undefined)
    context.note(
      `${definition.name}: its default "${inLine(given, 60)}" is none of its values; the program has its own.`,
    )
  return {
    type: 'choice',
    values: pairs.map(pair => pair.code),
    ...(isMany ? { many: `${Math.max(Math.min(least, pairs.length), 1)}..${pairs.length}`, join: ',' } : {}),
    default: known === undefined ? undefined : isMany ? (known as DraftValue[]) : known[0],
    ...(pairs.some(pair => pair.label !== pair.code)
      ? { help: inLine(pairs.map(pair => `${pair.code}: ${pair.label}`).join('; '), 500) }
      : {}),
  }
}

/** Patterns and ranges may come in a file, which EMBOSS is told of by an @ before its name. */
function withFile(part: AcdPart, name: string, definition: AcdDefinition, context: AcdContext): AcdPart {
  const file = context.nameOf(`${definition.name}_file`)
  return {
    ...part,
    inputs: { ...part.inputs, [file]: { type: 'file', optional: true, help: 'Several of them, in a file' } },
    words: [...part.words, `[-${definition.name}=@{${file}}]`],
    rules: [{ 'at most one of': [name, file] }],
  }
}
