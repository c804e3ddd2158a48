import { basename, resolve } from 'node:path'
import type { Observation } from './observation.ts'

/** What a word of the command is to become. `before` is what stays in front of the value, in the same word. */
export type WordRole =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'script'; readonly path: string }
  | {
      readonly kind: 'read' | 'folder' | 'write'
      readonly before: string
      readonly path: string
      readonly called: string
    }
  | {
      readonly kind: 'integer' | 'number' | 'text'
      readonly before: string
      readonly text: string
      readonly called: string
    }

/** Programs whose first file is their program, not their data. */
const runsScripts =
  /^(?:python[\d.]*|perl[\d.]*|ruby[\d.]*|Rscript|R|octave(?:-cli)?|node|sh|bash|dash|ksh|tclsh|julia|lua[\d.]*|gnuplot|awk|gawk|mawk|sed)$/
const evaluates = /^(?:-c|-e|-f|--eval|--expression|-E|-n)$/

/** Tells what each word after the program is: a file that was read or written, a number, or a text that stays. Pure. */
export function wordRoles({ argv, folder, reads, writes, folders }: Observation): readonly WordRole[] {
  const [program = '', ...words] = argv
  const interprets = runsScripts.test(basename(program))
  const read = new Set(reads)
  const wrote = new Set(writes)
  const listed = new Set(folders)
  let scripted = false
  return words.map((word, index): WordRole => {
    const literal: WordRole = { kind: 'literal', text: word }
    const flag = index > 0 && /^-{1,2}[A-Za-z]/.test(words[index - 1] ?? '') ? (words[index - 1] ?? '') : ''
    const { before, value } = splitWord(word)
    if (value === '' || value.startsWith('/dev/')) return literal
    const path = resolve(folder, value)
    const option = before === '' ? flag : before
    const called = option.replace(/^-+|=$/g, '').replaceAll('-', '_')
    if (wrote.has(path)) return { kind: 'write', before, path, called: called === '' ? stem(path) : called }
    if (read.has(path)) {
      const isScript = interprets && !scripted && before === '' && (flag === '' || flag === '-f')
      if (!isScript) return { kind: 'read', before, path, called: called === '' ? stem(path) : called }
      scripted = true
      return { kind: 'script', path }
    }
    if (listed.has(path)) return { kind: 'folder', before, path, called: called === '' ? stem(path) : called }
    // What begins the names of files that were written, and the text of a program.
    if (word.startsWith('-') && before === '') return isNumber(word) ? numberRole(word, '', 'value') : literal
    if (interprets && !scripted) return literal
    if (interprets && evaluates.test(flag)) return literal
    if ([...wrote].some(one => one.startsWith(path))) return literal
    if (isNumber(value)) return numberRole(value, before, called === '' ? 'value' : called)
    // A word of its own, with nothing before it: a command of the program (samtools sort), or what only its author knows.
    if (option === '') return literal
    return /^[A-Za-z0-9][\w.,:+@%/-]*$/.test(value) ? { kind: 'text', before, text: value, called } : literal
  })
}

const splitWord = (word: string): { readonly before: string; readonly value: string } => {
  const [, before = '', value = word] = /^(-{0,2}[A-Za-z][\w-]*=)(.*)$/s.exec(word) ?? []
  return { before, value }
}

const isNumber = (text: string): boolean =>
  /^-?(?:\d{1,15}|\d{0,15}\.\d{1,15}|\d{1,15}\.?\d{0,15}[eE][+-]?\d{1,3})$/.test(text)

const numberRole = (text: string, before: string, called: string): WordRole => ({
  kind: /^-?\d+$/.test(text) ? 'integer' : 'number',
  ...{ before, text, called },
})

const stem = (path: string): string => basename(path).replace(/\.[^.]*$/, '')
