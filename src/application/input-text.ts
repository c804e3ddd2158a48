import type { InputProblem } from '../core/errors.ts'
import type { Input, Value } from './model.ts'
import { shortened } from './names.ts'

/**
 * The typed value of the text behind `name=` on a command line or in a form: one value, or one element of a list.
 * Ranges and patterns are `checkInputs`'s; files are the caller's to open and a problem here.
 */
export function parseInput(input: Input, text: string): { readonly value: Value } | { readonly problem: InputProblem } {
  const refuse = (rule: string, accepted?: readonly string[]): { problem: InputProblem } => {
    const problem = { input: input.name, value: shortened(text), rule }
    return { problem: accepted === undefined ? problem : { ...problem, accepted } }
  }
  const word = text.trim()
  switch (input.type) {
    case 'integer':
      return /^[+-]?\d{1,40}$/.test(word) ? { value: BigInt(word.replace(/^\+/, '')) } : refuse('must be an integer')
    case 'number': {
      const value = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,5})?$/.test(word.slice(0, 400))
        ? Number(word)
        : Number.NaN
      return Number.isFinite(value) ? { value } : refuse('must be a finite number')
    }
    case 'boolean':
      if (/^(true|yes|on|1)$/i.test(word)) return { value: true }
      return /^(false|no|off|0)$/i.test(word) ? { value: false } : refuse('must be true or false', ['true', 'false'])
    case 'choice':
    case 'string':
    case 'text':
      return { value: text }
    case 'file':
    case 'directory':
      return refuse('must be a file')
  }
}
