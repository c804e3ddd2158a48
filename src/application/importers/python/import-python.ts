import { operationNameProblem } from '../../names.ts'
import { ownOperations } from '../../own-operations.ts'
import type { Draft, DraftFields, DraftValue } from '../draft.ts'
import { DraftNames } from '../draft-names.ts'
import { inLine, literalText, serviceName } from '../draft-text.ts'
import { ImportError } from '../import-error.ts'
import type { PythonFunction, PythonModule } from './python-module.ts'
import { argumentOf, returnOf } from './python-types.ts'
import { sessionLoop } from './session-loop.ts'

/** A Python module as a service: its annotated functions are the typed calls of a session. `file`: the module's file. */
export function importPython(module: PythonModule, file: string, environment: Readonly<Record<string, string>>): Draft {
  const name = file.replace(/^.*\//, '').replace(/\.py$/, '')
  if (!/^[A-Za-z_]\w*$/.test(name)) throw new ImportError(file, undefined, 'a module of this name cannot be imported')
  const notes: string[] = []
  const names = new DraftNames(note => notes.push(note))
  const operations: Record<string, DraftValue> = {}
  for (const one of module.functions) {
    const made = operationOf(one, name, note => notes.push(`${one.name}: ${note}`))
    if ('problem' in made) notes.push(`${one.name} is left out: ${made.problem}.`)
    else operations[operationName(one.name, names, notes)] = made.operation
  }
  if (Object.keys(operations).length === 0)
    throw new ImportError(file, undefined, `no function in it can be called by a service. ${notes.join(' ')}`)
  const [title = name, ...more] = (module.doc ?? name).split('\n')
  return {
    name: serviceName(name, 'module'),
    title: inLine(title, 120),
    description: more.join('\n').trim() === '' ? undefined : more.join('\n').trim(),
    command: 'python3 -u session.py',
    versionCommand: 'python3 --version',
    environment,
    files: [`${name}.py`, { 'session.py': literalText(sessionLoop) }],
    inputs: {},
    outputs: {},
    session: {
      send: '_session.run("{cell}", "{marker}")',
      error: '^error: (.*)',
      save: '_session.save()',
      load: '_session.load()',
      state: 'session.pickle',
      idle: '10m',
    },
    operations,
    notes,
  }
}

/** Some names every session has for its own. */
function operationName(name: string, names: DraftNames, notes: string[]): string {
  if (!ownOperations.includes(name) && operationNameProblem(name) === undefined) return names.take(name)
  const other = names.take(`do_${name}`)
  notes.push(
    `${name} is called ${other}: every session, or every object of a caller's language, has a ${name} of its own.`,
  )
  return other
}

function operationOf(
  { name, doc, arguments: given, variable, returns, asynchronous }: PythonFunction,
  module: string,
  note: (text: string) => void,
): { readonly operation: DraftValue } | { readonly problem: string } {
  if (asynchronous) return { problem: 'it is asynchronous' }
  if (variable) return { problem: 'it takes any number of arguments' }
  const inputs: Record<string, DraftFields> = {}
  const before: string[] = []
  const optional: string[] = []
  const words: string[] = []
  const names = new DraftNames(note)
  for (const argument of given) {
    const input = names.take(argument.name)
    const found = argumentOf(argument, input)
    if ('problem' in found) return found
    inputs[input] = found.fields
    before.push(...found.before)
    if (argument.positional) words.push(found.text)
    // Left out, it is Python's own default that counts.
    else if (found.fields['optional'] === true) optional.push(`[${input}? _given["${argument.name}"] = ${found.text}]`)
    else words.push(`${argument.name}=${found.text}`)
  }
  const result = returnOf(returns)
  if ('problem' in result) return result
  const call = `_session.call(${[`${module}.${name}`, ...words, ...(optional.length > 0 ? ['**_given'] : [])].join(', ')})`
  const code = [
    `import ${module}`,
    ...before,
    ...(optional.length > 0 ? ['_given = dict()', ...optional] : []),
    result.print.replace('{call}', () => call),
  ]
  const [title = name, ...more] = (doc ?? name).split('\n')
  const help = more.join('\n').trim()
  return {
    operation: {
      title: inLine(title, 120),
      ...(help === '' ? {} : { help }),
      ...(Object.keys(inputs).length === 0 ? {} : { inputs: inputs as Readonly<Record<string, DraftValue>> }),
      quote: 'json',
      code: `${code.join('\n')}\n`,
      ...(Object.keys(result.outputs).length === 0
        ? {}
        : { outputs: result.outputs as Readonly<Record<string, DraftValue>> }),
    },
  }
}
