import type { Draft, DraftFields } from '../draft.ts'
import { DraftNames } from '../draft-names.ts'
import { inLine, serviceName } from '../draft-text.ts'
import { ImportError } from '../import-error.ts'
import { quoteLiteral } from '../template-text.ts'
import { type Guess, guessKind } from './guess-kind.ts'
import { type HelpOption, type HelpPositional, readHelp } from './help-reader.ts'

/** Options that ask the program about itself. */
const aboutItself = /^--?(?:help|version|usage|h|hh|V|v|long-version|man|citation|license|completion)$/

/**
 * Makes a draft from what a program prints for `--help`. Everything in it is a guess, and each is told with its reason.
 *
 * @throws {ImportError} when the text lists no option and no argument.
 */
export function importHelp(
  text: string,
  command: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Draft {
  const program = command[0] ?? 'program'
  const help = readHelp(text, program)
  const options = help.options.filter(option => option.placeholder !== undefined || !aboutItself.test(longest(option)))
  if (options.length === 0 && help.positionals.length === 0)
    throw new ImportError(
      command.join(' '),
      undefined,
      'its help lists no options and no arguments that are understood here',
    )
  const notes: string[] = [
    'Everything here is guessed from the help of the program; add a test and try it with check --run.',
  ]
  const names = new DraftNames(note => notes.push(note))
  const inputs: Record<string, DraftFields> = {}
  const outputs: Record<string, DraftFields> = {}
  const words: string[] = []
  const place = (name: string, guess: Guess, fields: DraftFields): void => {
    notes.push(`${name}: ${guess.because}.`)
    if (guess.kind === 'output') outputs[name] = { file: `${name}.out`, ...fields }
    else inputs[name] = { ...guess.fields, ...fields }
  }
  for (const option of options) {
    const name = names.take(nameOf(option))
    const guess = guessKind(option.placeholder, option.flags.join(' '), option.help)
    const isWanted = option.required || guess.kind !== 'output'
    const optional = option.required || guess.fields['default'] !== undefined ? {} : { optional: true }
    place(name, guess, { ...optional, help: option.help === '' ? undefined : inLine(option.help, 900) })
    if (guess.kind === 'output' && !isWanted) {
      const wanted = names.take(`${name}_wanted`)
      inputs[wanted] = { type: 'boolean', default: false, help: `Whether ${name} is written` }
      words.push(`[${wanted}? ${wordsOf(option, name)}]`)
    } else
      words.push(
        option.required
          ? wordsOf(option, name)
          : guess.kind === 'flag'
            ? `[${name}? ${flagOf(option)}]`
            : `[${wordsOf(option, name)}]`,
      )
  }
  for (const positional of help.positionals) addPositional(positional, names, place, words)
  const printed = names.take('printed')
  outputs[printed] = { file: 'stdout', help: 'What the program prints' }
  return {
    name: serviceName(program.split('/').at(-1) ?? program, 'program'),
    title: inLine(help.title ?? program, 120),
    command: [command.map(quoteLiteral).join(' '), ...words].join('\n'),
    environment,
    inputs,
    outputs,
    notes,
  }
}

function addPositional(
  positional: HelpPositional,
  names: DraftNames,
  place: (name: string, guess: Guess, fields: DraftFields) => void,
  words: string[],
): void {
  const name = names.take(positional.name.toLowerCase())
  const first = guessKind(positional.name, positional.name, positional.help)
  const guess: Guess =
    first.fields['type'] === 'string'
      ? { kind: 'value', fields: { type: 'file' }, because: 'a file, as arguments without an option mostly are' }
      : first
  const isList = positional.many && guess.kind !== 'output'
  const optional = positional.optional && guess.kind !== 'output' ? { optional: true } : {}
  place(name, guess, {
    ...(isList ? { many: '1..1000' } : {}),
    ...optional,
    help: positional.help === '' ? undefined : inLine(positional.help, 900),
  })
  words.push(positional.optional && guess.kind !== 'output' ? `[{${name}}]` : `{${name}}`)
}

/** The longest of its flags: what people call it. */
const longest = (option: HelpOption): string => option.flags.toSorted((a, b) => b.length - a.length)[0] ?? ''
const flagOf = (option: HelpOption): string => quoteLiteral(longest(option))
const nameOf = (option: HelpOption): string => flagOf(option).replace(/^'?-+/, '').replaceAll('-', '_')

const wordsOf = (option: HelpOption, name: string): string => {
  const flag = flagOf(option)
  return `${flag}${option.equals && flag.startsWith('--') ? '=' : ' '}{${name}}`
}
