import { checkpointInput, inputOfCheckpoint } from './checkpoint-input.ts'
import { checkpointSignals } from './checkpoint-signals.ts'
import { checkCommand, type TemplateScope } from './command-check.ts'
import { parseCommand } from './command-template.ts'
import { Fields } from './description-fields.ts'
import { readStateFiles } from './description-state.ts'
import { reportTemplate } from './description-template.ts'
import { isSafePath } from './file-names.ts'
import type { Checkpoint, CheckpointWay, TemplateWord } from './model.ts'
import { shortened } from './names.ts'

const known = ['state', 'how', 'stops', 'restart', 'automatic']
const mostRestarts = 100

/** How the program saves its state and goes on from it; nothing when it does not. */
export function readCheckpoint(top: Fields, scope: TemplateScope): { readonly checkpoint?: Checkpoint } {
  const map = top.map('checkpoint')
  if (map === undefined) return {}
  const fields = new Fields(map, 'checkpoint', top.problems, known)
  const state = readStateFiles(fields, 'state')
  if (!fields.has('state'))
    fields.problems.add(
      fields.place,
      'checkpoint.state is missing',
      "name the files that a restart needs, such as state: 'restart.*'",
    )
  const how = readHow(fields)
  const stops = fields.flag('stops') ?? false
  if (stops && how?.by === 'itself')
    fields.report('stops', 'a program that is not asked does not end for it', 'leave stops out, or say how it is asked')
  const restart = readRestart(fields, scope)
  const automatic = fields.integer('automatic', 0, mostRestarts) ?? 0
  if (how === undefined || state.length === 0) return {}
  return { checkpoint: { state, how, stops, restart, automatic } }
}

function readHow(fields: Fields): CheckpointWay | undefined {
  if (!fields.has('how')) return { by: 'itself' }
  const text = fields.text('how', { max: 200 })
  if (text === undefined) return undefined
  if (text === 'itself') return { by: 'itself' }
  const [, by, what = ''] = /^(signal|file) +(\S+)$/.exec(text) ?? []
  if (by === 'file' && isSafePath(what)) return { by, name: what }
  const signal = checkpointSignals.find(one => one === what || one === `SIG${what}`)
  if (by === 'signal' && signal !== undefined) return { by, signal }
  return fields.report(
    'how',
    `"${shortened(text)}" is no way to ask for a checkpoint`,
    `write itself, signal USR1 (one of ${checkpointSignals.join(', ').replaceAll('SIG', '')}) or file STOP`,
  )
}

/** In a restart there always is a checkpoint; so it need not stand in brackets there, as it does elsewhere. */
function readRestart(fields: Fields, scope: TemplateScope): readonly TemplateWord[] | undefined {
  const node = fields.scalar('restart')
  if (node === undefined) return undefined
  const parsed = parseCommand(node.text)
  const given = new Map([...scope.inputs, [checkpointInput, { ...inputOfCheckpoint, optional: false }]])
  const problems = parsed.problems.length > 0 ? parsed.problems : checkCommand(parsed, { ...scope, inputs: given })
  reportTemplate(fields, 'restart', node, problems)
  if (problems.length === 0 && parsed.words.length === 0)
    fields.report('restart', 'it is empty', 'leave it out when the command itself goes on')
  return parsed.words
}
