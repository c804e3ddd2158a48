import { didYouMean } from '../core/did-you-mean.ts'
import { Fields } from './description-fields.ts'
import { readMatch } from './description-outputs.ts'
import { groupsOf } from './expression.ts'
import type { ExitMeaning, Input, Output, Watch } from './model.ts'
import { shortened } from './names.ts'

const verbs = ['progress', 'success', 'error', 'warning'] as const
const causes = ['input', 'program', 'site'] as const
const progressGroups = ['done', 'total', 'percent', 'message']
const mostWatches = 50
const signal =
  /^SIG(?:ABRT|ALRM|BUS|CHLD|CONT|FPE|HUP|ILL|INT|IO|KILL|PIPE|PROF|PWR|QUIT|SEGV|STKFLT|STOP|SYS|TERM|TRAP|TSTP|TTIN|TTOU|URG|USR1|USR2|VTALRM|WINCH|XCPU|XFSZ)$/

/** `0: done`, `64..78: bad usage`, `3: {means: ..., cause: input}`. The first that fits an exit decides. */
export function readExit(top: Fields): ExitMeaning[] {
  const map = top.map('exit')
  return (map?.entries ?? []).slice(0, 300).flatMap(entry => {
    const code = /^(\d{1,3})(?:\.\.(\d{1,3}))?$/.exec(entry.key)
    const [min, max] = [Number(code?.[1]), Number(code?.[2] ?? code?.[1])]
    const range = code !== null && min <= max && max <= 255 ? { min, max } : undefined
    const isSignal = signal.test(entry.key)
    if (range === undefined && !isSignal) {
      top.problems.add(
        entry.place,
        `exit: "${shortened(entry.key)}" is no exit code, range of codes or signal`,
        'write 3, 64..78 or SIGFPE',
      )
      return []
    }
    const node = entry.value
    const plain = node.kind === 'scalar'
    const fields = new Fields(
      node.kind === 'map'
        ? node
        : {
            kind: 'map',
            place: node.place,
            flow: true,
            entries: [{ key: 'means', place: entry.place, value: node, bare: false }],
          },
      `exit.${entry.key}`,
      top.problems,
      ['means', 'cause'],
    )
    const means = fields.text('means', { max: 200 })
    const cause = plain ? undefined : fields.choice('cause', causes)
    if (!plain && !fields.has('means'))
      fields.problems.add(entry.place, `exit.${entry.key}: what it means is missing`, 'write means: no convergence')
    if (means === 'done' && cause !== undefined) fields.report('cause', 'success has no cause', 'leave cause out')
    if (means === undefined) return []
    return [{ code: range, signal: isSignal ? entry.key : undefined, means, ...(cause === undefined ? {} : { cause }) }]
  })
}

export function readWatch(
  top: Fields,
  inputs: ReadonlyMap<string, Input>,
  outputs: ReadonlyMap<string, Output>,
): Watch[] {
  const map = top.map('watch')
  if (map === undefined) return []
  const fields = new Fields(map, 'watch', top.problems, verbs)
  const watches = verbs.flatMap(verb => {
    const node = fields.node(verb)
    if (node === undefined) return []
    const nodes = node.kind === 'list' ? node.items : [node]
    return nodes.flatMap(one => {
      if (one.kind !== 'map') {
        top.problems.add(one.place, `watch.${verb}: {in: stdout, match: '...'} is wanted here`)
        return []
      }
      const watch = readOne(
        new Fields(one, `watch.${verb}`, top.problems, ['in', 'match', 'of', 'cause']),
        verb,
        inputs,
        outputs,
      )
      return watch === undefined ? [] : [watch]
    })
  })
  if (watches.length > mostWatches)
    top.report('watch', `${watches.length} expressions; at most ${mostWatches} are taken`, 'join some with (?:a|b)')
  return watches.slice(0, mostWatches)
}

function readOne(
  fields: Fields,
  verb: Watch['verb'],
  inputs: ReadonlyMap<string, Input>,
  outputs: ReadonlyMap<string, Output>,
): Watch | undefined {
  const match = readMatch(fields)
  for (const key of ['in', 'match']) {
    if (!fields.has(key))
      fields.problems.add(fields.place, `${fields.path}: ${key} is missing`, "write {in: stdout, match: '...'}")
  }
  if (verb !== 'progress' && fields.has('of')) fields.report('of', `${verb} counts nothing`, 'of is for progress')
  if (verb !== 'error' && fields.has('cause')) fields.report('cause', `${verb} has no cause`, 'cause is for error')
  const stream = readStream(fields, outputs)
  const of = fields.text('of', { max: 40 })
  if (of !== undefined) checkOf(fields, of, inputs)
  if (verb === 'progress' && match !== undefined) checkProgress(fields, match, of !== undefined)
  const cause = fields.choice('cause', causes)
  return stream === undefined || match === undefined ? undefined : { verb, in: stream, match, of, cause }
}

/** An output that is a stream is that stream. */
function readStream(fields: Fields, outputs: ReadonlyMap<string, Output>): string | undefined {
  const text = fields.text('in', { max: 100 })
  if (text === undefined || text === 'stdout' || text === 'stderr') return text
  const output = outputs.get(text)
  if (output?.source.kind === 'stream') return output.source.stream
  if (output?.source.kind === 'file') return text
  if (output !== undefined)
    return fields.report('in', `${text} is not one file or stream`, 'watch stdout, stderr or a file output')
  const near = didYouMean(text, ['stdout', 'stderr', ...outputs.keys()])
  return fields.report(
    'in',
    `"${shortened(text)}" is neither stdout, stderr nor an output`,
    near === undefined ? undefined : `did you mean ${near}?`,
  )
}

function checkOf(fields: Fields, of: string, inputs: ReadonlyMap<string, Input>): void {
  if (/^\d+(\.\d+)?$/.test(of)) return
  const input = inputs.get(of)
  const near = didYouMean(of, inputs.keys())
  if (input === undefined)
    fields.report(
      'of',
      `"${shortened(of)}" is neither a number nor an input`,
      near === undefined ? undefined : `did you mean ${near}?`,
    )
  else if ((input.type !== 'integer' && input.type !== 'number') || input.many !== undefined)
    fields.report('of', `${of} is not one number`)
}

function checkProgress(fields: Fields, match: string, hasTotal: boolean): void {
  const { names, count } = groupsOf(match)
  const strange = names.find(name => !progressGroups.includes(name))
  if (strange !== undefined) {
    const near = didYouMean(strange, progressGroups)
    fields.report(
      'match',
      `progress has no group "${shortened(strange)}"`,
      near === undefined ? `it knows ${progressGroups.join(', ')}` : `did you mean (?<${near}>...)?`,
    )
  } else if (count > 0 && names.length === 0)
    fields.report(
      'match',
      'the groups of progress have names',
      'write (?<done>\\d+), (?<total>\\d+), (?<percent>\\d+) or (?<message>.*)',
    )
  else if (names.includes('done') && !names.includes('total') && !names.includes('percent') && !hasTotal)
    fields.report(
      'match',
      'done of what is missing',
      'add (?<total>...) to the expression, or of: the input or number it counts towards',
    )
}
