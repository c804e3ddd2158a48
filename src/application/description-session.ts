import { parseDuration } from '../core/quantities.ts'
import { checkNames } from './description-checks.ts'
import type { Entry, MapNode } from './description-document.ts'
import { Fields, trapOf } from './description-fields.ts'
import { readFileTemplate } from './description-files.ts'
import { readInputs } from './description-inputs.ts'
import { readOutputs } from './description-outputs.ts'
import { readStateFiles } from './description-state.ts'
import { expressionProblem, groupsOf } from './expression.ts'
import type { Application, Checkpoint, Output, Session, SessionOperation } from './model.ts'
import { operationNameProblem, shortened } from './names.ts'
import { ownOperations } from './own-operations.ts'
import { codeFile } from './session-operation.ts'

const known = ['send', 'error', 'save', 'load', 'state', 'idle', 'timeout']
const operationKeys = ['title', 'help', 'inputs', 'outputs', 'code', 'quote', 'timeout']
const mostOperations = 200
const defaultTimeout = 60
const longestCode = 64 * 1024

/** How an interpreter is spoken to; nothing when the program is none. */
export function readSession(top: Fields): Session | undefined {
  const map = top.map('session')
  if (map === undefined) return undefined
  const fields = new Fields(map, 'session', top.problems, known)
  for (const key of ['stdin', 'checkpoint', 'watch'])
    if (top.has(key)) top.report(key, 'a session has none', 'leave it out: a session says so under session')
  const send = readSend(fields)
  const error = readError(fields)
  const code = (key: string): string | undefined => fields.text(key, { max: longestCode, multiline: true })
  const [save, load] = [code('save'), code('load')]
  if ((save === undefined) !== (load === undefined))
    fields.report(save === undefined ? 'load' : 'save', 'save and load go together', 'say both, or none')
  const state = readStateFiles(fields, 'state')
  if (save !== undefined && state.length === 0)
    fields.report('save', 'which files it writes is missing', 'add for example state: session.mat')
  if (save === undefined && fields.has('state')) fields.report('state', 'nothing saves it', 'say save and load')
  const idle = readSeconds(fields, 'idle')
  if (idle !== undefined && save === undefined)
    fields.report('idle', 'a session that is not saved cannot sleep', 'say save, load and state')
  const timeout = readSeconds(fields, 'timeout') ?? defaultTimeout
  return send === undefined ? undefined : { send, error, save, load, state, idle, timeout }
}

/** A session that saves itself is a program with checkpoints. */
export const checkpointOf = ({ save, state }: Session): { readonly checkpoint?: Checkpoint } =>
  save === undefined || state.length === 0
    ? {}
    : { checkpoint: { state, how: { by: 'session' }, stops: false, restart: undefined, automatic: 0 } }

function readSend(fields: Fields): string | undefined {
  const send = fields.text('send', { max: 4000, multiline: true })
  if (send === undefined) {
    if (!fields.has('send'))
      fields.problems.add(
        fields.place,
        'session.send is missing',
        `write what the interpreter is to read: source("{cell}"); print("{marker}")`,
      )
    return undefined
  }
  for (const name of ['cell', 'marker'])
    if (!send.includes(`{${name}}`))
      fields.report(
        'send',
        `{${name}} is missing in it`,
        name === 'cell'
          ? 'it is the name of the file with the code'
          : 'it is printed, on a line, when the code is done',
      )
  return send.replace(/\n$/, '')
}

function readError(fields: Fields): string | undefined {
  const error = fields.text('error')
  if (error === undefined) return undefined
  const wrong = expressionProblem(error)
  if (wrong !== undefined) return fields.report('error', wrong)
  return groupsOf(error).count === 1
    ? error
    : fields.report('error', 'it needs one group', "put what the error says in ( ): '^error: (.*)'")
}

const readSeconds = (fields: Fields, key: string): number | undefined =>
  fields.parsed(
    key,
    text => {
      const seconds = parseDuration(text)
      return seconds !== undefined && seconds >= 1 ? seconds : undefined
    },
    `${key}: 10m`,
  )

/** The operations that a session has beside `evaluate`. `base`: the application that they are of. */
export function readOperations(top: Fields, base: Application): readonly SessionOperation[] {
  const map = top.map('operations')
  if (map === undefined) return []
  if (base.session === undefined) {
    top.report('operations', 'only a session has operations', 'say under session how the interpreter is spoken to')
    return []
  }
  if (map.entries.length > mostOperations)
    top.report('operations', `${map.entries.length} operations; at most ${mostOperations} are taken`)
  return map.entries.slice(0, mostOperations).flatMap(entry => readOperation(entry, top, base) ?? [])
}

function readOperation(
  { key: name, place, value }: Entry,
  top: Fields,
  base: Application,
): SessionOperation | undefined {
  const path = `operations.${shortened(name)}`
  const wrong = ownOperations.includes(name)
    ? `"${name}" is an operation of every session or job`
    : operationNameProblem(name)
  if (wrong !== undefined) top.problems.add(place, `operations: ${wrong}`)
  if (value.kind !== 'map') {
    top.problems.add(value.place, `${path}: keys and values are wanted here`, trapOf(value) ?? 'write code: ...')
    return undefined
  }
  const fields = new Fields(value, path, top.problems, operationKeys)
  const [inputs, outputs] = [readInputs(fields), readOutputs(fields, { ofStreams: true })]
  checkNames(inputs, outputs, top.problems)
  for (const { output, place: where } of outputs) checkOutput(output, `${path}.outputs.${output.name}`, where, top)
  const scope = {
    inputs: new Map(inputs.map(({ input }) => [input.name, input])),
    outputs: new Map(outputs.map(({ output }) => [output.name, output])),
  }
  if (!fields.has('code')) top.problems.add(place, `${path}.code is missing`, 'write the code that it runs')
  const template = fields.has('code')
    ? readFileTemplate(codeFields(value, fields), 'code', `${path}.code`, scope)
    : undefined
  if (template === undefined) return undefined
  return {
    name,
    timeout: readSeconds(fields, 'timeout') ?? base.session?.timeout ?? defaultTimeout,
    application: {
      ...base,
      title: fields.text('title', { max: 120 }) ?? name,
      description: fields.text('help', { max: 20_000, multiline: true }),
      command: [],
      files: [{ kind: 'written', name: codeFile, template }],
      inputs: inputs.map(({ input }) => input),
      outputs: outputs.map(({ output }) => output),
      rules: [],
    },
  }
}

/** The keys of an operation that its code is read from; the others have been looked at. */
const codeFields = (node: MapNode, { path, problems }: Fields): Fields =>
  new Fields(
    { ...node, entries: node.entries.filter(({ key }) => key === 'code' || key === 'quote') },
    path,
    problems,
    operationKeys,
  )

function checkOutput({ source }: Output, path: string, place: Entry['place'], top: Fields): void {
  if (source.kind === 'stream')
    top.problems.add(
      place,
      `${path}: the ${source.stream} of a session goes on and on`,
      `read a value out of what the call prints: {from: ${source.stream}, match: '(.*)'}`,
    )
}
