import { clark, qname } from '../../core/qname.ts'
import { JOB, OGSI } from '../../wsdl/names.ts'

const whole = ['state', 'destroyed'] as const
const sharing = ['shared', 'unshared'] as const
/** Every kind of event that an instance has. */
const all = [
  ...whole,
  ...sharing,
  'progress',
  'lifetime',
  'upload',
  'transfer',
  'want',
  'changed',
  'checkpoint',
] as const
const job = (local: string): string => clark(qname(JOB, local))

/** Which kinds of events can change an element of a job. Of those that are not here any event may. */
const kinds: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>([
  [job('state'), whole],
  [job('exit'), whole],
  [job('usage'), whole],
  [job('file'), whole],
  [job('owner'), []],
  [job('submitted'), []],
  [job('started'), whole],
  [job('ended'), whole],
  [job('progress'), ['progress']],
  [job('label'), ['changed']],
  [job('note'), ['changed']],
  [job('sharing'), sharing],
  [job('savedState'), ['checkpoint']],
  [clark(qname(OGSI, 'gridServiceHandle')), []],
  [clark(qname(OGSI, 'terminationTime')), ['lifetime', ...whole]],
])

/**
 * The kinds of events after which one of these elements of a job may have other values, and the end of it all. With whom
 * it is shared is its owner's alone to know, also when.
 */
export function changingEvents(names: readonly string[], owner: boolean): readonly string[] {
  const found = new Set<string>(['destroyed', ...names.flatMap(name => kinds.get(name) ?? all)])
  if (!owner) for (const kind of sharing) found.delete(kind)
  return [...found]
}
