import { LineFinder } from '../application/line-finder.ts'
import type { Session } from '../application/model.ts'
import type { Evaluation } from '../holder/session-protocol.ts'

/** What the code complained of, by the expression of the description: the first line that says so. Undefined: nothing. */
export function errorIn(session: Session | undefined, { output, messages }: Evaluation): string | undefined {
  if (session?.error === undefined) return undefined
  const finder = new LineFinder(session.error)
  for (const line of `${messages}\n${output}`.split(/\r?\n/)) {
    const found = finder.find(line)
    if (found !== undefined) return (found.group(1) ?? line).trim() || 'the code failed'
  }
  return undefined
}
