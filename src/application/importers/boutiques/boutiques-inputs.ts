import type { DraftFields, DraftValue } from '../draft.ts'
import { inLine } from '../draft-text.ts'
import type { BoutiquesInput } from './boutiques-document.ts'

/** What a description says of an input. */
export function draftInput(input: BoutiquesInput, note: (one: string) => void): DraftFields {
  const { description, name, type, list } = input
  const choices = choicesOf(input)
  const preset = presetOf(input)
  const separator = input['list-separator'] ?? ' '
  if (list === true && separator.length > 1) note(`${input.id}: its elements are joined by "${separator[0]}" only.`)
  const help = [name, description].filter(one => one !== undefined && one !== '')
  return {
    type: choices === undefined ? typeOf(input) : 'choice',
    ...(choices === undefined ? { range: rangeOf(input, note) } : { values: choices.map(String) }),
    ...(list === true
      ? { many: `${Math.max(input['min-list-entries'] ?? 1, 1)}..${input['max-list-entries'] ?? 1000}` }
      : {}),
    ...(list === true && separator !== ' ' && separator !== '' ? { join: separator.slice(0, 1) } : {}),
    ...(preset !== undefined
      ? { default: preset }
      : input.optional === true || type === 'Flag'
        ? { optional: true }
        : {}),
    help: help.length === 0 ? undefined : inLine(help.join('. '), 900),
  }
}

const choicesOf = (input: BoutiquesInput): BoutiquesInput['value-choices'] =>
  input['value-choices']?.length === 0 ? undefined : input['value-choices']

function typeOf({ type, integer }: BoutiquesInput): string {
  if (type === 'Number') return integer === true ? 'integer' : 'number'
  return { File: 'file', Flag: 'boolean', String: 'string' }[type]
}

function rangeOf(input: BoutiquesInput, note: (one: string) => void): string | undefined {
  const { minimum, maximum } = input
  if (minimum === undefined && maximum === undefined) return undefined
  if (input['exclusive-minimum'] === true || input['exclusive-maximum'] === true)
    note(`${input.id}: its bounds are taken, too; the descriptor leaves them out.`)
  return `${minimum ?? ''}..${maximum ?? ''}`
}

function presetOf(input: BoutiquesInput): DraftValue | undefined {
  const value = input['default-value']
  if (value === undefined || value === null || input.type === 'File') return undefined
  const one = (item: unknown): DraftValue | undefined =>
    choicesOf(input) !== undefined
      ? String(item)
      : typeof item === 'string' || typeof item === 'number' || typeof item === 'boolean'
        ? item
        : undefined
  if (!Array.isArray(value)) return one(value)
  const all = value.map(one)
  return all.length === 0 || all.includes(undefined) ? undefined : (all as DraftValue[])
}
