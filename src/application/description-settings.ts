import { didYouMean } from '../core/did-you-mean.ts'
import { parseDuration, parseSize } from '../core/quantities.ts'
import { Fields, textProblem, trapOf } from './description-fields.ts'
import type { GroupRule, Input, Limits } from './model.ts'
import { shortened } from './names.ts'

const kinds = ['one of', 'at most one of', 'all or none of'] as const
const mostRules = 50
const mostVariables = 100
const year = 366 * 86_400

/** Fixed variables of the program. */
export function readEnvironment(top: Fields): Record<string, string> {
  const environment: Record<string, string> = {}
  const entries = top.map('environment')?.entries ?? []
  if (entries.length > mostVariables)
    top.report('environment', `${entries.length} variables; at most ${mostVariables} are taken`)
  for (const { key, place, value } of entries.slice(0, mostVariables)) {
    if (!/^[A-Za-z_][A-Za-z0-9_]{0,99}$/.test(key))
      top.problems.add(place, `environment: "${shortened(key)}" is no name of a variable`, 'letters, digits and _')
    const text = value.kind === 'scalar' ? value.text : undefined
    const wrong = text === undefined ? 'a text is wanted here' : textProblem(text, 4096, false)
    if (wrong !== undefined) top.problems.add(value.place, `environment.${shortened(key)}: ${wrong}`, trapOf(value))
    else if (text !== undefined && /\{[A-Za-z][A-Za-z0-9_]*\}/.test(text))
      top.problems.add(
        value.place,
        `environment.${shortened(key)}: variables are fixed and hold no values`,
        'hand the value over in the command or in a file',
      )
    if (text !== undefined && key !== '__proto__') environment[key] = text
  }
  return environment
}

/** What a run is allowed; the site may give less or more. And whether its cores are so many processes (MPI). */
export function readLimits(top: Fields): { readonly limits: Limits; readonly mpi: boolean } {
  const map = top.map('limits')
  const fields = new Fields(
    map ?? { kind: 'map', place: top.place, flow: true, entries: [] },
    'limits',
    top.problems,
    ['time', 'memory', 'disk', 'output', 'processes', 'cores', 'mpi'],
    ['nodes', 'gpus'],
  )
  const positive = (read: (text: string) => number | undefined) => (text: string) => {
    const value = read(text)
    return value !== undefined && value >= 1 ? value : undefined
  }
  const size = (key: string) => fields.parsed(key, positive(parseSize), `${key}: 500MB or ${key}: 4GB`)
  const mpi = fields.flag('mpi') ?? false
  if (mpi && top.has('library')) fields.report('mpi', 'a library is no program that could be started several times')
  if (mpi && top.has('session')) fields.report('mpi', 'an interpreter is not started several times')
  const limits = {
    time: fields.parsed('time', positive(parseDuration), 'time: 90s, time: 30m or time: 2h'),
    memory: size('memory'),
    disk: size('disk'),
    output: size('output'),
    processes: fields.integer('processes', 1, 100_000),
    cores: fields.integer('cores', 1, 4096),
  }
  return { limits, mpi }
}

/** Seconds that an ended instance is kept. */
export const readKeep = (top: Fields): number | undefined =>
  top.parsed(
    'keep',
    text => {
      const seconds = parseDuration(text)
      return seconds !== undefined && seconds >= 60 && seconds <= year ? seconds : undefined
    },
    'keep: 7d (at least 60s, at most 366d)',
  )

/** `[one of: [a, b]]` */
export function readRules(top: Fields, inputs: ReadonlyMap<string, Input>): GroupRule[] {
  const list = top.list('rules')
  if (list === undefined) return []
  if (list.items.length > mostRules) top.report('rules', `${list.items.length} rules; at most ${mostRules} are taken`)
  return list.items.slice(0, mostRules).flatMap(item => {
    if (item.kind !== 'map' || item.entries.length !== 1) {
      top.problems.add(item.place, 'rules: one rule is wanted here', 'write - one of: [a, b]')
      return []
    }
    const fields = new Fields(item, 'rules', top.problems, kinds)
    const kind = kinds.find(one => fields.has(one))
    if (kind === undefined) return []
    const names = fields.texts(kind)
    if (names.length < 2) fields.report(kind, 'a rule is about two inputs at least', 'write [a, b]')
    for (const name of new Set(names)) checkMember(fields, kind, name, inputs)
    if (new Set(names).size < names.length) fields.report(kind, 'an input is there twice')
    return [{ kind, inputs: names }]
  })
}

function checkMember(fields: Fields, kind: string, name: string, inputs: ReadonlyMap<string, Input>): void {
  const input = inputs.get(name)
  if (input === undefined) {
    const near = didYouMean(name, inputs.keys())
    fields.report(
      kind,
      `no input is called "${shortened(name)}"`,
      near === undefined ? undefined : `did you mean ${near}?`,
    )
  } else if (input.type === 'boolean' ? input.default === true : input.default !== undefined)
    fields.report(kind, `${name} has a default and is always given`, 'leave the default out and say optional: true')
  else if (input.type !== 'boolean' && !input.optional)
    fields.report(kind, `${name} is always given`, `say optional: true at ${name}`)
}
