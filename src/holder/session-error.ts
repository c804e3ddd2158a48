import { LineFinder } from '../application/line-finder.ts'
import type { Evaluation } from './session-protocol.ts'

/** What code complained of, by the expression of the description: the first line that says so. Undefined: nothing. */
export function errorIn(
  error: string | undefined,
  { output, messages }: Pick<Evaluation, 'output' | 'messages'>,
): string | undefined {
  if (error === undefined) return undefined
  const finder = new LineFinder(error)
  for (const line of `${messages}\n${output}`.split(/\r?\n/)) {
    const found = finder.find(line)
    if (found !== undefined) return (found.group(1) ?? line).trim() || 'the code failed'
  }
  return undefined
}
