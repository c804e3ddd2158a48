import type { DraftFields } from '../draft.ts'

export interface Guess {
  readonly kind: 'flag' | 'value' | 'output'
  readonly fields: DraftFields
  /** Why, as the rest of a sentence. */
  readonly because: string
}

const whole = /^(?:n|num|number|int|integer|int_value|count|size|length|threads|nthreads|seed|k|cores)$/i
const real = /^(?:x|float|float_value|real|double|evalue|frac|fraction|prob|probability|percent|rate|threshold)$/i
const fileLike =
  /(?:^|_|-|\b)(?:file|file_in|infile|path|filename|fasta|fa|input|in|seqfile|seqdb|hmmfile|msafile|db|query|subject|f)(?:$|_|-|\b|\d)/i
const outName = /(?:^|[\s_-])(?:out|output|outfile|tblout|domtblout)(?=$|[\s_-])/i
const outHelp = /^(?:write|save|direct|print|dump)\b.{0,60}\b(?:to|file|in)\b/i
const directoryLike = /^(?:dir|directory|folder|outdir|path_to_dir)$/i

/**
 * What an option or argument takes, by what stands for its value, its names and its help. Undefined placeholder: nothing.
 * Guesses only: each says its reason.
 */
export function guessKind(placeholder: string | undefined, names: string, help: string): Guess {
  if (placeholder === undefined)
    return {
      kind: 'flag',
      fields: { type: 'boolean', default: false },
      because: 'a switch, because nothing stands for a value',
    }
  const shown = placeholder.slice(0, 40)
  const word = placeholder.replace(/^[<{[]|[>}\]]$/g, '').trim()
  const choices = choicesIn(placeholder, word)
  if (choices !== undefined)
    return {
      kind: 'value',
      fields: {
        type: 'choice',
        values: choices,
        ...presetOf(help, text => (choices.includes(text) ? text : undefined)),
      },
      because: `one of a few words, because of "${shown}"`,
    }
  const kind = word.split(/[,\s]/)[0] ?? word
  if (whole.test(kind) || /^integer/i.test(kind))
    return {
      ...{ kind: 'value', fields: { type: 'integer', ...presetOf(help, integer) } },
      because: `a whole number, because of "${shown}"`,
    }
  if (real.test(kind) || /^real/i.test(kind))
    return {
      ...{ kind: 'value', fields: { type: 'number', ...presetOf(help, number) } },
      because: `a number, because of "${shown}"`,
    }
  if (directoryLike.test(kind))
    return { kind: 'value', fields: { type: 'directory' }, because: `a directory, because of "${shown}"` }
  if (
    /file_out/i.test(kind) ||
    ((outName.test(names) || outHelp.test(help)) && !/form|fmt|order|level|width/i.test(names))
  )
    return {
      kind: 'output',
      fields: {},
      because: `a file that is written, because of its name or its help ("${shown}")`,
    }
  if (/^(?:<?file\b|file_in|infile|path|filename|f)\b/i.test(kind) || fileLike.test(names))
    return { kind: 'value', fields: { type: 'file' }, because: `a file, because of its name or "${shown}"` }
  if (/^boolean/i.test(kind))
    return {
      kind: 'value',
      fields: { type: 'choice', values: ['true', 'false'] },
      because: `true or false, because of "${shown}"`,
    }
  const preset = presetOf(help, text => (/^[\w.,:+-]{1,60}$/.test(text) && !text.startsWith('-') ? text : undefined))
  return {
    kind: 'value',
    fields: { type: 'string', ...preset },
    because: `a text, because nothing says more than "${shown}"`,
  }
}

const integer = (text: string): number | undefined => {
  const value = Number(text)
  return /^-?\d{1,15}$/.test(text) && Number.isSafeInteger(value) ? value : undefined
}
const number = (text: string): number | undefined => {
  const value = Number(text)
  return /^-?\d/.test(text) && Number.isFinite(value) ? value : undefined
}

/** `{a,b}`, `<String, \`both', \`minus'>`, `a|b`. */
function choicesIn(placeholder: string, word: string): readonly string[] | undefined {
  const quoted = [...placeholder.matchAll(/[`']([\w.-]+)'/g)].map(match => match[1] ?? '')
  const listed =
    quoted.length > 1
      ? quoted
      : /^[{]/.test(placeholder) || /^[\w.-]+(?:\|[\w.-]+)+$/.test(word)
        ? word.split(/\s*[,|]\s*/)
        : []
  const good = listed.map(one => one.trim()).filter(one => /^[\w.+-]{1,60}$/.test(one))
  const isFile = listed.some(one => one === '-' || /^<?file/i.test(one))
  return good.length > 1 && good.length === listed.length && !isFile ? [...new Set(good)] : undefined
}

function presetOf<T extends string | number>(
  help: string,
  read: (text: string) => T | undefined,
): { readonly default?: T } {
  const said = /\bdefaults?(?:\s+is|\s+to|\s*[:=])?\s*[`'"(]?([^\s`'")\];,]{1,60})/i.exec(help)?.[1]?.replace(/\.$/, '')
  const value = said === undefined ? undefined : read(said)
  return value === undefined ? {} : { default: value }
}
