import type { TemplateWord } from './model.ts'

/** Short options after which an interpreter takes program text, and long ones. */
const evaluates: Readonly<Record<string, { readonly short: string; readonly long: readonly string[] }>> = {
  ...Object.fromEntries(
    ['sh', 'bash', 'dash', 'ash', 'ksh', 'mksh', 'zsh', 'fish', 'csh', 'tcsh', 'su'].map(name => [
      name,
      { short: 'c', long: ['--command'] },
    ]),
  ),
  ...Object.fromEntries(
    ['python', 'python2', 'python3', 'pypy', 'pypy3'].map(name => [name, { short: 'c', long: [] }]),
  ),
  perl: { short: 'eE', long: [] },
  ruby: { short: 'e', long: [] },
  node: { short: 'ep', long: ['--eval', '--print'] },
  php: { short: 'rBRE', long: ['--run'] },
  lua: { short: 'e', long: [] },
  R: { short: 'e', long: [] },
  Rscript: { short: 'e', long: [] },
  julia: { short: 'eE', long: ['--eval', '--print'] },
  octave: { short: '', long: ['--eval'] },
  'octave-cli': { short: '', long: ['--eval'] },
  gnuplot: { short: 'e', long: [] },
  sed: { short: 'e', long: ['--expression'] },
  maxima: { short: '', long: ['--batch-string', '--run-string'] },
}

/** Interpreters whose first plain word is program text unless `-f` names a file. */
const textFirst = new Set(['awk', 'gawk', 'mawk', 'nawk', 'sed', 'eval', 'expect'])

/** Programs that start the program named further on. */
const starters = new Set([
  'env',
  'nice',
  'nohup',
  'timeout',
  'setsid',
  'stdbuf',
  'time',
  'busybox',
  'ionice',
  'taskset',
  'chrt',
  'xargs',
  'exec',
])

/**
 * A value inside program text is an injection whatever it is quoted with; as an argument of that program it is data.
 * Returns the word and the way out; undefined when no value stands in program text.
 */
export function programTextProblem(
  words: readonly TemplateWord[],
): { readonly word: TemplateWord; readonly message: string; readonly hint: string } | undefined {
  const flat = flattened(words)
  const at = interpreterAt(flat)
  if (at < 0) return undefined
  const interpreter = programName(flat[at])
  const options = evaluates[interpreter]
  let wantsText = textFirst.has(interpreter)
  for (let i = at + 1; i < flat.length; i++) {
    const word = flat[i]
    if (word === undefined) break
    const start = word.parts[0]?.kind === 'literal' ? word.parts[0].text : ''
    // What follows is a script and its arguments.
    if (options !== undefined && start === '--') return undefined
    const long = options?.long.some(name => start === name || start.startsWith(`${name}=`)) === true
    const short = isShort(start) && options !== undefined && [...start.slice(1)].some(c => options.short.includes(c))
    // The text is the rest of this word, or the next word.
    if ((long || short) && hasValue(word)) return problem(word, interpreter, start)
    if (long || short) {
      const next = flat[i + 1]
      if (next !== undefined && hasValue(next) && !start.includes('=')) return problem(next, interpreter, start)
      wantsText = false
    } else if (wantsText && textFirst.has(interpreter)) {
      if (start === '-f' || start === '--file') wantsText = false
      else if (start.startsWith('-f')) wantsText = false
      else if (/^-[vF]$/.test(start)) i++
      else if (!start.startsWith('-')) {
        if (hasValue(word)) return problem(word, interpreter, '')
        wantsText = false
      }
    }
  }
  return undefined
}

type Word = Extract<TemplateWord, { kind: 'word' }>

const problem = (word: Word, interpreter: string, option: string) => ({
  word,
  message: `a value stands in the program text of ${interpreter}${option === '' ? '' : ` ${option}`}, where a caller could write program`,
  hint: 'ship the script under files and hand the value over as an argument',
})

const flattened = (words: readonly TemplateWord[]): Word[] =>
  words.flatMap(word => (word.kind === 'group' ? flattened(word.words) : [word]))

function interpreterAt(words: readonly Word[]): number {
  const first = programName(words[0])
  if (isInterpreter(first)) return 0
  return starters.has(first) ? words.findIndex(word => isInterpreter(programName(word))) : -1
}

/** The base name of a fixed word, without a version number: `/usr/bin/python3.11` is python. */
function programName(word: Word | undefined): string {
  if (word === undefined || hasValue(word)) return ''
  const text = word.parts.map(part => (part.kind === 'literal' ? part.text : '')).join('')
  const base = text.slice(text.lastIndexOf('/') + 1)
  return isInterpreter(base) ? base : base.replace(/-?\d[\d.]*$/, '')
}

const isInterpreter = (name: string): boolean => Object.hasOwn(evaluates, name) || textFirst.has(name)
const isShort = (word: string): boolean => /^-[A-Za-z]/.test(word)
const hasValue = (word: Word): boolean => word.parts.some(part => part.kind === 'value')
